"""The simulated sink, with its calls to the backend."""

from typing import TYPE_CHECKING, assert_never

from sink import effects as se
from sink import events as sv
from sink.machine import Sink
from tests.simulation.process import Process
from tests.simulation.violation import Violation
from wire import codec

if TYPE_CHECKING:
    from tests.simulation.world import World


class SinkProcess(Process[sv.Event, se.Effect]):
    """The sink, with its calls to the backend."""

    machine: Sink

    def __init__(self, world: "World", name: str) -> None:
        super().__init__(world, name, sv.Ticked())
        self.machine = Sink()

    def obey(self, effect: se.Effect) -> None:
        match effect:
            case se.Call(reports):
                self._call(reports)
            case se.ToStatus(messages):
                self.world.to_ventilator(self.name, messages)
            case se.GiveUp():
                pass
            case se.Exit():
                self.kill()
                self.world.ended(self)
            case _:
                assert_never(effect)

    def look(self) -> None:
        pass

    def _call(self, bodies: tuple[bytes, ...]) -> None:
        reports, unreadable = codec.results_decoder.decode(b"[" + b",".join(bodies) + b"]")
        if unreadable:
            raise Violation("I1", f"the sink sends what cannot be read: {unreadable}")
        fate = self.world.luck.fate_of_call()
        chance, life = self.world.chance, self.world.backend_life

        def arrive() -> None:
            # A call that is under way reaches the backend though its sink dies meanwhile.
            if life != self.world.backend_life:
                answer: sv.Event = sv.CallFailed("the connection was reset")
            elif fate == "refused":
                # Every other time without a word about what the call holds.
                answer = sv.CallRefused("500", sure=self.world.luck.counted["calls_refused"] % 2 == 0)
            elif fate == "fails before":
                answer = sv.CallFailed("no connection")
            else:
                answers = self.world.record.report(reports, self.world.record_now)
                answer = sv.CallFailed("no answer") if fate == "fails after" else sv.CallAnswered(answers)
            self.world.agenda.after(chance.uniform(0.0005, 0.003), lambda: self.tell(answer))

        self.world.agenda.after(self.world.luck.call_takes(), arrive)
