import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContainerOptions } from '../../checks/check.ts';
import type { Container } from '../../facts/containers.ts';
import { layOver } from '../../remediations/laying-over.ts';
import type { Literal } from '../fake-host.ts';
import { bare, bareWith, containerOf } from './containers.ts';

type Options = Container['HostConfig'];

async function laid(HostConfig: Literal, ...options: readonly Partial<Options>[]): Promise<Options> {
  const { container } = await containerOf(bareWith({ HostConfig }));
  return layOver(
    container,
    options.map((one) => ({ HostConfig: one })),
  ).HostConfig;
}

const device = (path: string, CgroupPermissions = 'rwm') => ({ PathOnHost: path, PathInContainer: path, CgroupPermissions });

describe('together they do not undo one another', () => {
  test.each<[string, Literal, Partial<Options>[], Partial<Options>]>([
    ['what one leaves out is gone', { CapAdd: ['A', 'B', 'C'] }, [{ CapAdd: ['B', 'C'] }, { CapAdd: ['A', 'C'] }], { CapAdd: ['C'] }],
    [
      'what one adds is there, once',
      { CapDrop: ['A'] },
      [{ CapDrop: ['A', 'B'] }, { CapDrop: ['A', 'B', 'C'] }],
      { CapDrop: ['A', 'B', 'C'] },
    ],
    [
      'one takes away, another adds',
      { SecurityOpt: ['a', 'b'] },
      [{ SecurityOpt: ['b'] }, { SecurityOpt: ['a', 'b', 'c'] }],
      { SecurityOpt: ['b', 'c'] },
    ],
    ['one replaces', { SecurityOpt: ['a'] }, [{ SecurityOpt: ['b'] }], { SecurityOpt: ['b'] }],
    [
      'what nobody changes stays',
      { Privileged: true, PidMode: 'host' },
      [{ Privileged: false }, { Privileged: true }],
      { Privileged: false, PidMode: 'host' },
    ],
    [
      'members of a list are changed one by one',
      { Devices: [device('/a'), device('/b')] },
      [{ Devices: [device('/a', 'r'), device('/b')] }, { Devices: [device('/a')] }],
      { Devices: [device('/a', 'r')] },
    ],
    [
      'and so are ports',
      { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '80' }], '90/tcp': [{ HostIp: '', HostPort: '90' }] } },
      [
        { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '80' }], '90/tcp': [{ HostIp: '127.0.0.1', HostPort: '90' }] } },
        { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }], '90/tcp': [{ HostIp: '', HostPort: '90' }] } },
        { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '80' }] } },
      ],
      { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] } },
    ],
    ['a key is added', { PortBindings: {} }, [{ PortBindings: { '1/tcp': [] } }], { PortBindings: { '1/tcp': [] } }],
    ['nothing becomes something', { PidsLimit: null }, [{ PidsLimit: 5 }], { PidsLimit: 5 }],
  ])('%s', async (_, before, options, after) => {
    expect(await laid(before, ...options)).toMatchObject(after);
  });

  test('in any order', async () => {
    const { container } = await containerOf(bareWith({ HostConfig: { CapAdd: ['A', 'B', 'C'], CapDrop: ['D'] } }));
    const subsets = fc.subarray(['A', 'B', 'C']);
    const options = fc.array(fc.record({ CapAdd: subsets, CapDrop: fc.subarray(['D', 'E']) }), { maxLength: 4 });
    fc.assert(
      fc.property(options, (all) => {
        const given = all.map((HostConfig): ContainerOptions => ({ HostConfig }));
        const wanted = layOver(container, given).HostConfig;
        expect(layOver(container, given.toReversed()).HostConfig).toEqual(wanted);
        expect(wanted.CapAdd).toEqual(['A', 'B', 'C'].filter((name) => all.every(({ CapAdd }) => CapAdd.includes(name))));
      }),
    );
  });
});

test('user, image and mounts are laid over, too', async () => {
  const Mounts = ['/a', '/b', '/c'].map((path) => ({
    Type: 'bind',
    Name: '',
    Source: path,
    Destination: path,
    RW: true,
    Propagation: 'rshared',
  }));
  const { container } = await containerOf({ ...bare, Mounts });
  const [, , third] = container.Mounts;
  const wanted = layOver(container, [
    { Config: { User: '1' } },
    { Config: { Image: 'x' } },
    { Mounts: container.Mounts.slice(1) },
    { Mounts: container.Mounts.map((mount) => ({ ...mount, Propagation: 'rprivate' })) },
    { Mounts: container.Mounts.filter(({ Destination }) => Destination !== '/b') },
    { advice: 'nothing else' },
  ]);
  expect(wanted.Config).toMatchObject({ User: '1', Image: 'x', Labels: container.Config.Labels });
  expect(wanted.Mounts).toEqual([{ ...third, Propagation: 'rprivate' }]);
  expect(layOver(container, [])).toEqual(container);
});
