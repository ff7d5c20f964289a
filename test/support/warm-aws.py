"""The real AWS CLI, loaded once: each call is a fork of this process, with the caller's arguments, variables, folder and streams."""
import json
import os
import select
import signal
import socket
import sys

import awscli.clidriver

# Loads what a command would load first; the driver itself is made anew for each call.
awscli.clidriver.create_clidriver()


def answer(conn):
    asked, streams, _, _ = socket.recv_fds(conn, 1 << 20, 3)
    asked = json.loads(asked)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    data = os.environ["AWS_DATA_PATH"]
    os.environ.clear()
    os.environ.update(asked["env"])
    os.environ["AWS_DATA_PATH"] = data
    os.chdir(asked["cwd"])
    sys.argv = ["aws", *asked["args"]]
    try:
        code = awscli.clidriver.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    conn.sendall(bytes([(code or 0) & 255]))


server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(16)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
while True:
    # Who started this ends it by closing its input, however that ends.
    if sys.stdin in select.select([server, sys.stdin], [], [])[0]:
        os._exit(0)
    conn, _ = server.accept()
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            answer(conn)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(0)
    conn.close()
