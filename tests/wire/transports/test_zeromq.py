import threading

from wire.home import Home
from wire.topics import RESULTS, STATUS
from wire.transports.zeromq import ZeroMQTransport


def test_closing_the_transport_does_not_wait_for_senders_that_are_still_open(tmp_path):
    transport = ZeroMQTransport(Home(tmp_path))
    transport.push(RESULTS)
    transport.push(STATUS).close()

    closing = threading.Thread(target=transport.close, daemon=True)
    closing.start()
    closing.join(5)

    assert not closing.is_alive()
