"""What workers are told in one turn, gathered by topic and then sent in as few frames as that takes. Pure."""

from collections import defaultdict
from collections.abc import Sequence

from backend.tasks.grants import GrantedTask
from backend.ventilator.effects import Send
from backend.ventilator.framing import BeatNow, Content, cut, message
from backend.ventilator.load_table import LoadTable, Seat
from wire.messages import Position
from wire.topics import Topic


class Outbox:
    """Frames are counted over all topics of an epoch, so that gaps in what one worker hears mean nothing."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch
        self._seq = 0
        self._contents: dict[Topic, list[Content]] = defaultdict(list)

    def begin(self, epoch: int) -> None:
        """What goes out from now on is of this epoch."""
        self._epoch, self._seq = epoch, 0

    @property
    def next_position(self) -> Position:
        """Where the next frame will stand, whoever it is for."""
        return self._epoch, self._seq + 1

    def put(self, to: Topic, *contents: Content) -> None:
        """Tell this to whoever has that seat when the turn ends."""
        self._contents[to] += contents

    def forget(self, to: Topic) -> None:
        """Its seat is empty."""
        self._contents.pop(to, None)

    def frames(self, table: LoadTable, now: float) -> list[Send]:
        """All that was put in; the seats are told at which position each of their grants and beats went out."""
        contents, self._contents = self._contents, defaultdict(list)
        return [
            self._frame(seat, some, now)
            for to, of_seat in contents.items()
            if (seat := table.at(to)) is not None
            for some in cut(of_seat)
        ]

    def _frame(self, seat: Seat, contents: Sequence[Content], now: float) -> Send:
        self._seq += 1
        position = self._epoch, self._seq
        if any(isinstance(content, BeatNow) for content in contents):
            seat.beat_sent(position, now)
        for content in contents:
            if isinstance(content, GrantedTask) and content.fence in seat.grants:
                seat.grants[content.fence].position = position
        messages = tuple(
            message(content, epoch=self._epoch, seq=self._seq, incarnation=seat.incarnation, hello=seat.hello)
            for content in contents
        )
        return Send(seat.topic, messages)
