"""In a child process: what `logging` keeps for all of it that task functions may change."""

import logging


class Logging:
    """Where all log, from which level on, and whether at all."""

    name = "logging"

    def __init__(self) -> None:
        self._root = logging.getLogger()
        self._handlers = list(self._root.handlers)
        self._filters = [list(handler.filters) for handler in self._handlers]
        self._saved = self._levels()
        named = self._root.manager.loggerDict.values()
        self._loggers = [_Logger(one) for one in [self._root, *named] if isinstance(one, logging.Logger)]

    def _levels(self) -> tuple[int, ...]:
        return self._root.manager.disable, *(handler.level for handler in self._handlers)

    def restore(self) -> bool:
        changed = [
            saved
            for saved in self._loggers
            # There may be hundreds: no call for each.
            if (now := saved.logger).disabled != saved.disabled
            or now.level != saved.level
            or now.propagate != saved.propagate
            or now.handlers != saved.handlers
            or now.filters != saved.filters
        ]
        for saved in changed:
            saved.put_back()
        filters = [handler.filters for handler in self._handlers]
        if self._levels() == self._saved and filters == self._filters:
            return bool(changed)
        disable, *levels = self._saved
        logging.disable(disable)
        for handler, its, filtering in zip(self._handlers, levels, self._filters, strict=True):
            handler.setLevel(its)
            handler.filters[:] = filtering
        return True


class _Logger:
    """One of them, as it was."""

    def __init__(self, logger: logging.Logger) -> None:
        self.logger = logger
        self.disabled = logger.disabled
        self.level = logger.level
        self.propagate = logger.propagate
        self.handlers = list(logger.handlers)
        self.filters = list(logger.filters)

    def put_back(self) -> None:
        self.logger.disabled = self.disabled
        # It also makes all forget from which level on they log.
        self.logger.setLevel(self.level)
        self.logger.propagate = self.propagate
        self.logger.handlers[:] = self.handlers
        self.logger.filters[:] = self.filters
