import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileStatus } from '../../facts/host.ts';
import { isWithin, normalise, resolvePath } from '../../facts/paths.ts';

const status = (kind: FileStatus['kind'], identity: string): FileStatus => ({
  kind,
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  modifiedAt: 0,
  changedAt: 0,
  identity,
});

/** A tree from links (path → target) and directories; `/` is always there. */
function tree(links: Readonly<Record<string, string>>, directories: readonly string[] = []) {
  const known = new Set(['/', ...directories]);
  return {
    lstat: (path: string) => (path in links ? status('link', path) : known.has(path) ? status('directory', path) : null),
    readlink: (path: string) => links[path] ?? '',
  };
}

const usual = tree(
  { '/var/run': '/run', '/lib': 'usr/lib', '/run/a': '../etc/./b', '/etc/up': '../../../etc', '/loop': '/loop2', '/loop2': '/loop' },
  ['/var', '/run', '/run/docker.sock', '/usr', '/usr/lib', '/usr/lib/systemd', '/etc', '/etc/b'],
);

describe('resolvePath', () => {
  test.each([
    ['/', '/', []],
    ['/run/docker.sock', '/run/docker.sock', ['/', '/run']],
    ['/var/run/docker.sock', '/run/docker.sock', ['/', '/var', '/run']],
    ['/lib/systemd', '/usr/lib/systemd', ['/', '/usr', '/usr/lib']],
    ['/run/a', '/etc/b', ['/', '/run', '/etc']],
    ['//run//.//docker.sock/', '/run/docker.sock', ['/', '/run']],
    ['/run/../run/docker.sock', '/run/docker.sock', ['/', '/run']],
    ['/../../run', '/run', ['/']],
    ['/etc/up/b', '/etc/b', ['/', '/etc']],
    ['/var/run/..', '/', ['/', '/var']],
  ])('%s is %s', (path, target, parents) => {
    const resolved = resolvePath(usual, path);
    expect([resolved.path, resolved.status?.identity, resolved.parents.map((parent) => parent.path)]).toEqual([target, target, parents]);
  });

  test.each([
    ['/nowhere', '/nowhere'],
    ['/var/run/podman/podman.sock', '/run/podman/podman.sock'],
    ['/loop', '/loop'],
    ['/loop/x', '/loop/x'],
  ])('%s does not exist', (path, resolved) => {
    expect(resolvePath(usual, path)).toMatchObject({ path: resolved, status: null });
  });

  test('without a root there is nothing', () => {
    expect(resolvePath({ lstat: () => null, readlink: () => '' }, '/etc')).toEqual({ path: '/etc', status: null, parents: [], links: [] });
  });

  const name = fc.constantFrom('a', 'b', 'c', '.', '..', '');
  const path = fc.array(name, { maxLength: 5 }).map((names) => `/${names.join('/')}`);
  const target = fc.oneof(
    path,
    fc.array(name, { maxLength: 4 }).map((names) => names.join('/')),
  );
  test('ends on any tangle of links, never on a link, and always below the root', () => {
    fc.assert(
      fc.property(fc.dictionary(path, target), fc.array(path), path, (links, directories, asked) => {
        const { '/': _, ...rest } = links; // the root itself is no link
        const resolved = resolvePath(tree(rest, directories), asked);
        expect(resolved.status?.kind).not.toBe('link');
        expect(resolved.path).toMatch(/^\//);
        expect(resolved.parents.every((parent) => parent.status.kind === 'directory')).toBe(true);
      }),
    );
  });
});

test.each([
  ['/etc/docker', '/etc/docker', true],
  ['/etc/docker/daemon.json', '/etc/docker', true],
  ['/etc/docker-old', '/etc/docker', false],
  ['/etc', '/etc/docker', false],
  ['/anything', '/', true],
])('%s within %s: %s', (path, directory, within) => {
  expect(isWithin(path, directory)).toBe(within);
});

test.each([
  ['/etc/../etc//docker/.', '/etc/docker'],
  ['/..', '/'],
  ['/a/b/../../c/', '/c'],
  ['', '/'],
])('%s is normally %s', (path, normal) => {
  expect(normalise(path)).toBe(normal);
  expect(normalise(normalise(path))).toBe(normal);
});
