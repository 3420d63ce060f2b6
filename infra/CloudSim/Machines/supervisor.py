"""Runs one instance's user-data and answers for every process that comes of it.

    python3 supervisor.py SETTINGS.json    commands on standard input, one a line:
      signal NAME    sends the signal to every process of the instance, which goes on without those that die of it
      stop           SIGTERM to every process; ends when none is left
      kill           SIGKILL to every process; ends
    The end of standard input means that the cloud is gone: everything is killed at once.

As the first process of a PID namespace it reaches all processes by kill(-1), and the kernel kills them with it. Elsewhere
it makes itself the reaper of orphans, so that every descendant stays below it, whatever sessions and groups they make.
Limits that no kernel setting covers for a group of processes (their number, their memory together, the time that the
machine may run) are looked at four times a second.
"""
import ctypes
import json
import os
import resource
import select
import signal
import sys
import time

LOOK_EVERY = 0.25
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PAGE = os.sysconf("SC_PAGE_SIZE")
libc = ctypes.CDLL(None, use_errno=True)


def say(text):
    os.write(2, f"[machine] {text}\n".encode())


def run(settings):
    """Starts the script in a session of its own, below the limits, with nothing of the supervisor's left open."""
    pid = os.fork()
    if pid:
        return
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # what is ignored stays ignored across exec, and a shell could then never be told to stop
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for limit, value in (("RLIMIT_AS", settings["addressSpaceBytes"]), ("RLIMIT_FSIZE", settings["fileBytes"]), ("RLIMIT_CORE", 0)):
            resource.setrlimit(getattr(resource, limit), (value, value))
        os.chdir(settings["home"])
        os.execve(settings["script"], [settings["script"]], os.environ)
    except OSError as error:
        say(f"user-data could not be started: {error}")
    finally:
        os._exit(127)


def parents():
    """The parent of every process that can be seen."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    fields = stat.read().rpartition(b")")[2].split()
            except OSError:
                continue
            if fields[0] != b"Z":
                found[int(name)] = int(fields[1])
    return found


def descendants():
    me, found = os.getpid(), parents()
    if me == 1:
        return [pid for pid in found if pid != 1]
    mine, grew = {me}, True
    while grew:
        more = {pid for pid, parent in found.items() if parent in mine} - mine
        mine |= more
        grew = bool(more)
    return list(mine - {me})


def send(number):
    targets = [-1] if os.getpid() == 1 else descendants()
    for pid in targets:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def reap():
    """Takes in the dead; false when no child is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    except ChildProcessError:
        return False


def kill_all():
    # one that is born while the list is read is met in the next round
    while reap():
        send(signal.SIGKILL)
        time.sleep(0.005)
    os._exit(0)


def memory(pids):
    pages = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/statm", "rb") as statm:
                pages += int(statm.read().split()[1])
        except (OSError, IndexError):
            pass
    return pages * PAGE


def broken_limit(settings, began):
    pids = descendants()
    if len(pids) > settings["processes"]:
        return f"more than {settings['processes']} processes"
    if memory(pids) > settings["memoryBytes"]:
        return f"more than {settings['memoryBytes']} bytes of memory"
    if time.monotonic() - began > settings["seconds"]:
        return f"longer than {settings['seconds']} seconds"
    return None


def supervise(settings):
    began, stopping, pending = time.monotonic(), False, b""
    while True:
        alive = reap()
        if stopping and not alive:
            os._exit(0)
        broken = broken_limit(settings, began) if alive and not stopping else None
        if broken:
            say(f"killed: {broken}")
            send(signal.SIGKILL)
        if not select.select([0], [], [], 0.01 if stopping else LOOK_EVERY)[0]:
            continue
        heard = os.read(0, 4096)
        if not heard:
            kill_all()
        *lines, pending = (pending + heard).split(b"\n")
        for line in lines:
            command = line.decode().split()
            if command[0] == "signal":
                send(getattr(signal, "SIG" + command[1]))
            elif command[0] == "stop":
                stopping = True
                send(signal.SIGTERM)
            elif command[0] == "kill":
                kill_all()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    console = os.open(settings["console"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(console, 1)
    os.dup2(console, 2)
    os.close(console)
    # a terminal's Ctrl-C is for the cloud, which then says how its machines end
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if os.getpid() != 1:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if settings["processors"]:
        os.sched_setaffinity(0, settings["processors"])
    os.nice(settings["niceness"])
    run(settings)
    supervise(settings)


if __name__ == "__main__":
    main()
