import { describe, expect, test } from 'vitest';
import { collectFacts } from '../../agent/collect.ts';
import type { Host } from '../../facts/host.ts';
import type { CollectorName } from '../../facts/index.ts';
import { fakeHost, fakePolicy, type HostLiteral } from '../fake-host.ts';

type Read = 'lstat' | 'read' | 'list' | 'run';

/** A host whose reading of one path, or program, fails as only a mistake of ours can. */
function broken(method: Read, what: RegExp, literal: HostLiteral): Host {
  const host = fakeHost(literal);
  const failing = (path: string, ...rest: never[]): never => {
    if (what.test(path)) throw new TypeError(`a bug at ${path}`);
    return (host[method] as (...args: unknown[]) => never)(path, ...rest);
  };
  return { ...host, [method]: failing };
}

describe('what is no failed read is a bug, and no collector hides it', () => {
  const rest: HostLiteral = {
    files: { '/run/user/1000/docker.sock': { kind: 'socket' }, '/root/.docker/contexts/meta/a/meta.json': '{}' },
  };
  test.each<[CollectorName, Read, RegExp]>([
    ['audit', 'run', /auditctl/],
    ['accounts', 'run', /getent/],
    ['processes', 'read', /\/100\/stat$/],
    ['engines', 'lstat', /\/docker\.sock$/],
    ['engines', 'list', /\/run\/user$/],
    ['engines', 'list', /contexts/],
    ['engines', 'read', /meta\.json/],
    ['engines', 'read', /daemon\.json/],
    ['engines', 'lstat', /^\/run\/user\/1000\/docker\.sock$/],
    ['daemon', 'lstat', /^\/proc\/100\/root/],
    ['units', 'run', /systemctl/],
    ['files', 'run', /getfacl/],
    ['files', 'lstat', /certs\.d/],
    ['files', 'lstat', /sysconfig/],
    ['system', 'read', /os-release/],
    ['system', 'lstat', /selinux/],
    ['mounts', 'read', /mountinfo/],
  ])('%s: %s of %s', async (name, method, what) => {
    const host = broken(method, what, { dockerd: { flags: [] }, ...rest });
    const collecting = collectFacts(host, { policy: fakePolicy(), wanted: [name], signal: AbortSignal.timeout(5000) });
    await expect(collecting).rejects.toThrow(/a bug at/);
  });
});
