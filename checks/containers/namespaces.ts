/** What containers share with the host: namespaces, the default bridge. */
import type { Container, Containers } from '../../facts/containers.ts';
import { type ContainerOptions, fail, notApplicable, pass, passIf, unknown, type Verdict } from '../check.ts';
import { containerName, eachContainer } from '../families/each-container.ts';

type Mode = 'NetworkMode' | 'PidMode' | 'IpcMode';

const MAX_HOPS = 10;

/** A namespace joined with `container:ID` is that container's, and may be the host's at the end of the chain. Where that is lost, the value still names a container. */
export function resolveMode(
  container: Container,
  { containers }: Containers,
  mode: Mode,
): { readonly value: string; readonly through: readonly string[]; readonly end: Container } {
  const through: string[] = [];
  let current = container;
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const value = current.HostConfig[mode];
    const id = /^container:(.+)$/.exec(value)?.[1];
    const next =
      id === undefined ? undefined : containers.find((other) => other.Id === id || other.Id.startsWith(id) || containerName(other) === id);
    if (next === undefined) return { value, through, end: current };
    through.push(containerName(next));
    current = next;
  }
  return { value: current.HostConfig[mode], through, end: current };
}

function sharedNamespace(
  mode: Mode,
  about: { id: string; title: string; stride: readonly ('I' | 'E' | 'T')[]; severity: 'high' | 'medium'; rationale: string; flag: string },
  own: (container: Container) => ContainerOptions,
) {
  const { flag, ...rest } = about;
  return eachContainer({
    ...rest,
    fix: `Recreate without ${flag}.`,
    expected: `${mode} not host`,
    needs: ['containers'],
    judge(container, { containers }) {
      const { value, through } = resolveMode(container, containers, mode);
      const route = through.length > 0 ? ` (through ${through.join(', ')})` : '';
      if (value.startsWith('container:')) return lost(container, `${mode}=${value}, which is not among the containers${route}`);
      return passIf(value !== 'host', value === '' ? `${mode} not set` : `${mode}=${value}${route}`);
    },
    recreate: (container, { containers }) => throughAnother(container, containers, mode) ?? own(container),
  });
}

/** One that joins another's namespace is mended with that one, and has to join the new one then. */
function throughAnother(container: Container, containers: Containers, mode: Mode): ContainerOptions | undefined {
  const { through } = resolveMode(container, containers, mode);
  if (through.length === 0) return undefined;
  return { advice: `it shares the ${mode} of ${through.join(', ')}: recreate ${through.at(-1)} first, then this one as it is` };
}

/** A network for the container alone, to be created with it. */
function networkOfItsOwn(container: Container): string {
  return `${containerName(container)}-net`;
}

function lost({ State }: Container, why: string): Verdict {
  return State.Running ? unknown(why) : notApplicable(`${why}: it cannot start`);
}

export const noHostNetwork = sharedNamespace(
  'NetworkMode',
  {
    id: 'container/no-host-network',
    title: 'Containers have a network of their own',
    severity: 'high',
    stride: ['I', 'E'],
    rationale: 'On the host’s network a container sees its traffic and reaches services that listen on loopback.',
    flag: '--network host',
  },
  (container) => ({
    HostConfig: { NetworkMode: networkOfItsOwn(container) },
    advice: 'publish the ports on which others reach it with --publish ADDRESS:PORT:PORT; localhost is then its own, not the host’s',
  }),
);

export const noHostPid = sharedNamespace(
  'PidMode',
  {
    id: 'container/no-host-pid',
    title: 'Containers have a process list of their own',
    severity: 'high',
    stride: ['I', 'E'],
    rationale: 'Among the host’s processes a container reads their environment and can signal or trace them.',
    flag: '--pid host',
  },
  () => ({ HostConfig: { PidMode: '' } }),
);

export const noHostIpc = sharedNamespace(
  'IpcMode',
  {
    id: 'container/no-host-ipc',
    title: 'Containers have shared memory of their own',
    severity: 'medium',
    stride: ['I', 'T'],
    rationale: 'The host’s shared memory would be open to be read and changed.',
    flag: '--ipc host',
  },
  () => ({ HostConfig: { IpcMode: 'private' } }),
);

export const noHostUts = eachContainer({
  id: 'container/no-host-uts',
  title: 'Containers have a host name of their own',
  severity: 'low',
  stride: ['T'],
  rationale: 'A container could change the name of the host.',
  fix: 'Recreate without --uts host.',
  expected: 'UTSMode not host',
  judge: ({ HostConfig: { UTSMode } }) => passIf(UTSMode !== 'host', UTSMode === '' ? 'UTSMode not set' : `UTSMode=${UTSMode}`),
  recreate: () => ({ HostConfig: { UTSMode: '' } }),
});

export const noHostUserns = eachContainer({
  id: 'container/no-host-userns',
  title: 'Containers stay in the remapped user namespace',
  severity: 'medium',
  stride: ['E'],
  rationale: 'A container that opts out is root of the host again.',
  fix: 'Recreate without --userns host.',
  expected: 'UsernsMode not host',
  needs: ['daemon'],
  judge({ HostConfig: { UsernsMode } }, { daemon }) {
    if (UsernsMode === 'host') return fail('UsernsMode=host');
    const remapped = daemon.rootless || daemon.settings['userns-remap']?.value === 'on';
    return pass(remapped ? 'not set: remapped' : 'not set, but dockerd remaps nobody (daemon/userns-remap)');
  },
  recreate: () => ({
    HostConfig: { UsernsMode: '' },
    advice: 'its root is then an unprivileged user of the host: what it writes in mounted directories has to belong to that one',
  }),
});

export const noDefaultBridge = eachContainer({
  id: 'container/no-default-bridge',
  title: 'Containers use networks of their own, not the default bridge',
  severity: 'low',
  stride: ['I'],
  rationale: 'On the default bridge unrelated containers share one broadcast domain.',
  fix: 'Create a network per application and recreate with --network NAME.',
  expected: 'not attached to the network bridge',
  needs: ['containers', 'engine'],
  exempt: ({ engine }) => (engine.networks.some((network) => network.Name === 'bridge') ? null : 'the default bridge is switched off'),
  judge(container, { containers, engine }) {
    // One that joins another's network is where that one is.
    const { value, through, end } = resolveMode(container, containers, 'NetworkMode');
    const networks = Object.keys(end.NetworkSettings?.Networks ?? {});
    const attached = networks.length > 0 ? networks : [value === 'default' ? 'bridge' : value];
    const route = through.length > 0 ? ` (through ${through.join(', ')})` : '';
    if (value.startsWith('container:')) return lost(container, `NetworkMode=${value}, which is not among the containers${route}`);
    // podman lists its default network as "bridge", and here calls it by its own name.
    const isDefault = (name: string): boolean =>
      name === 'bridge' || (name === 'podman' && !engine.networks.some((network) => network.Name === name));
    return passIf(!attached.some(isDefault), attached.join(', ') + route);
  },
  recreate(container, { containers }) {
    const { NetworkMode } = container.HostConfig;
    if (NetworkMode !== '' && !DEFAULT_NETWORKS.includes(NetworkMode))
      return (
        throughAnother(container, containers, 'NetworkMode') ?? {
          advice: `it is in ${NetworkMode}, too: docker network disconnect bridge NAME mends it while it runs`,
        }
      );
    return {
      HostConfig: { NetworkMode: networkOfItsOwn(container) },
      advice: 'put the containers it talks to into the same network; there they find each other by name',
    };
  },
});

/** Names under which a container asks for the default bridge. */
const DEFAULT_NETWORKS = ['default', 'bridge', 'podman'];
