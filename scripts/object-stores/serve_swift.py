"""Serves one whole Swift in the foreground until it is told to stop, or one of its servers ends.

Takes one argument, JSON: {"dir": folder of the configuration, "ports": {server: port}, "memcached": program}. Swift's own start
programs read one of their files from /etc/swift only, and each loads the code anew; here it is loaded once, pointed at our folder,
and the unchanged servers are forked from it.
"""
import ctypes
import json
import os
import signal
import subprocess
import sys

SERVERS = ('account', 'container', 'object', 'proxy')
PR_SET_PDEATHSIG = 1


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def check_attributes(disk):
    """Swift keeps what it knows of an object in extended attributes of its file."""
    probe = os.path.join(disk, 'probe')
    open(probe, 'wb').close()
    try:
        os.setxattr(probe, b'user.swift.probe', b'x' * 1024)
    except OSError as error:
        sys.exit('the file system of %s has no extended attributes (%s); set VITRINE_SERVICES_DIR to a folder on another one' % (disk, error))
    os.unlink(probe)


def write_rings(folder, ports):
    from swift.common.ring.builder import RingBuilder
    for name in ('account', 'container', 'object'):
        builder = RingBuilder(4, 1, 0)
        node = {'ip': '127.0.0.1', 'port': ports[name], 'replication_ip': '127.0.0.1', 'replication_port': ports[name]}
        builder.add_dev({'region': 1, 'zone': 1, 'device': 'd1', 'weight': 1.0, 'meta': '', **node})
        builder.rebalance(seed='1')
        builder.get_ring().save(os.path.join(folder, name + '.ring.gz'))


def serve(folder, name):
    from swift.common.wsgi import run_wsgi
    more = {}
    if name == 'object':
        from swift.obj.server import global_conf_callback
        more['global_conf_callback'] = global_conf_callback
    return run_wsgi(os.path.join(folder, name + '-server.conf'), name + '-server', verbose=True, **more)


def fork(folder, name):
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        die_with_parent()
        code = serve(folder, name)
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        os._exit(code or 0)


def main():
    told = json.loads(sys.argv[1])
    folder, ports = told['dir'], told['ports']
    check_attributes(os.path.join(folder, 'devices', 'd1'))
    # Nothing that is stored here has to survive a power cut.
    os.fsync = os.fdatasync = lambda fd: None
    import swift.common.utils
    swift.common.utils.SWIFT_CONF_FILE = os.path.join(folder, 'swift.conf')
    swift.common.utils.eventlet_monkey_patch()
    write_rings(folder, ports)
    import swift.account.server, swift.container.server, swift.obj.server, swift.proxy.server  # noqa: E401, F401

    user = ['-u', 'root'] if os.geteuid() == 0 else []
    memory = ['-l', '127.0.0.1', '-p', str(ports['memcached']), '-U', '0', '-m', '32', *user]
    children = {subprocess.Popen([told['memcached'], *memory], preexec_fn=die_with_parent).pid: 'memcached'}
    children.update((fork(folder, name), name) for name in SERVERS)

    def stop(*_):
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.waitpid(pid, 0)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    pid, status = os.wait()
    print('the %s server ended: %s' % (children.pop(pid, 'unknown'), status), file=sys.stderr)
    stop()


main()
