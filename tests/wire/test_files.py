import subprocess
import sys

CODE = """
import resource
from wire import files
print(files.as_many_as_allowed(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_a_process_may_open_as_many_files_as_it_is_allowed_to_ask_for():
    limits = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (50, 200))\n{CODE}"

    said = subprocess.run([sys.executable, "-c", limits], capture_output=True, text=True, check=True).stdout

    assert said.split() == ["200", "200", "200"]
