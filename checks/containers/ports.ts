/** What of containers the network can reach. */
import type { Container } from '../../facts/containers.ts';
import type { Facts } from '../../facts/index.ts';
import { fail, notApplicable, pass, passIf, review, type Verdict } from '../check.ts';
import { eachContainer } from '../families/each-container.ts';
import { isRuled, rule } from './allowed.ts';
import { resolveMode } from './namespaces.ts';

interface Published {
  readonly address: string;
  readonly port: number;
  readonly target: string;
}

type Needs = 'containers' | 'engine';

/** What a running container has published; for a stopped one, or one between restarts, what it asks for. */
function published(container: Container, { engine }: Pick<Facts, Needs>): Published[] {
  const { State, NetworkSettings, HostConfig } = container;
  const bindings = Object.entries(State.Running && State.Pid !== 0 ? (NetworkSettings?.Ports ?? {}) : HostConfig.PortBindings);
  const fallback = defaultAddress(HostConfig.NetworkMode, engine);
  return bindings.flatMap(([target, hosts]) =>
    hosts.map(({ HostIp, HostPort }) => ({ address: HostIp || fallback, port: Number.parseInt(HostPort, 10) || 0, target })),
  );
}

/** What an empty address means is up to the network: the daemon's `ip` is that of the default bridge alone. */
function defaultAddress(network: string, engine: Facts['engine']): string {
  const name = network === 'default' ? 'bridge' : network;
  return engine.networks.find(({ Name }) => Name === name)?.Options['com.docker.network.bridge.host_binding_ipv4'] || '0.0.0.0';
}

function describe({ address, port, target }: Published): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port === 0 ? '(any)' : port} → ${target}`;
}

/** Judges the published ports; none, or a host network, leaves nothing to judge. */
function judgePorts(container: Container, facts: Pick<Facts, Needs>, judge: (ports: readonly Published[]) => Verdict): Verdict {
  if (resolveMode(container, facts.containers, 'NetworkMode').value === 'host')
    return notApplicable('on the host’s network, nothing is published');
  const ports = published(container, facts);
  return ports.length === 0 ? notApplicable('no published ports') : judge(ports);
}

type Binding = Container['HostConfig']['PortBindings'][string][number];

/** The same ports to publish, each changed or, for null, left out. */
function rebind(
  { HostConfig: { PortBindings } }: Container,
  change: (binding: Binding) => Binding | null,
): Container['HostConfig']['PortBindings'] {
  return Object.fromEntries(
    Object.entries(PortBindings).flatMap(([target, hosts]) => {
      const changed = hosts.flatMap((binding) => change(binding) ?? []);
      return changed.length > 0 || hosts.length === 0 ? [[target, changed]] : [];
    }),
  );
}

const FIRST_UNPRIVILEGED = 1024;
function isLow({ port }: Pick<Published, 'port'>): boolean {
  return port > 0 && port < FIRST_UNPRIVILEGED;
}

/** As people do: 80 becomes 8080, 443 becomes 8443. */
const MOVED_BY = 8000;

export const noPrivilegedHostPorts = eachContainer({
  id: 'container/no-privileged-host-ports',
  title: 'Containers publish no port below 1024',
  severity: 'low',
  stride: ['S'],
  rationale: 'Others trust what answers on a low port to be a service of the host.',
  fix: 'Recreate with a host port from 1024 on, or name the port in policy.allowedHostPorts, there or for the container in policy.containers.',
  expected: 'host ports from 1024 on, or in policy.allowedHostPorts',
  needs: ['containers', 'engine', 'policy'],
  judge: (container, facts) =>
    judgePorts(container, facts, (ports) => {
      const { refused, by } = rule(ports.filter(isLow), container, facts.policy, 'allowedHostPorts', (entry, { port }) => entry === port);
      return passIf(refused.length === 0, refused.length > 0 ? refused.map(describe).join(', ') : ports.map(describe).join(', ') + by);
    }),
  recreate: (container, { policy }) => ({
    HostConfig: {
      PortBindings: rebind(container, (binding) => {
        const port = Number(binding.HostPort);
        const low = isLow({ port }) && rule([port], container, policy, 'allowedHostPorts', (entry) => entry === port).refused.length > 0;
        return low ? { ...binding, HostPort: String(port + MOVED_BY) } : binding;
      }),
    },
    advice: 'those who connect to it have to use the new port; any free one from 1024 on will do',
  }),
});

export const onlyNeededPorts = eachContainer({
  id: 'container/only-needed-ports',
  title: 'Containers publish only the ports they need',
  severity: 'medium',
  stride: ['I'],
  rationale: 'Each open port is a way in.',
  fix: 'Recreate without -P and without the ports nobody needs; name the others in policy.publishedPorts.',
  expected: 'ports of policy.publishedPorts, and not all exposed ones',
  needs: ['containers', 'engine', 'policy'],
  judge(container, facts) {
    if (container.HostConfig.PublishAllPorts) return fail('publishes every exposed port (-P)');
    return judgePorts(container, facts, (ports) => {
      const said = isRuled(container, facts.policy, 'publishedPorts');
      if (!said) return review(`${ports.map(describe).join(', ')}; policy.publishedPorts says nothing`);
      const { allowed, refused, by } = rule(ports, container, facts.policy, 'publishedPorts', (entry, { port }) => entry === port);
      return refused.length > 0 ? fail(refused.map(describe).join(', ')) : pass(allowed.map(describe).join(', ') + by);
    });
  },
  recreate(container, { policy }) {
    const { PublishAllPorts } = container.HostConfig;
    const said = isRuled(container, policy, 'publishedPorts');
    const needed = ({ HostPort }: Binding) =>
      rule([Number(HostPort)], container, policy, 'publishedPorts', (entry, port) => entry === port).allowed.length > 0;
    const kept = (binding: Binding) => (!said || needed(binding) ? binding : null);
    return {
      HostConfig: { PublishAllPorts: false, PortBindings: rebind(container, kept) },
      ...(PublishAllPorts && { advice: 'publish each port that is needed with --publish ADDRESS:PORT:PORT' }),
    };
  },
});

/** `0.0.0.0`, `::`, and the long ways to write them. */
const WILDCARD = /^[0.:[\]]*$/;

export const bindSpecificInterface = eachContainer({
  id: 'container/bind-specific-interface',
  title: 'Ports are published on one address, not on all',
  severity: 'medium',
  stride: ['I'],
  rationale: 'On every interface a service is open to networks it was not meant for.',
  fix: 'Recreate with -p ADDRESS:PORT:PORT, or set "ip" in daemon.json for the default bridge.',
  expected: 'a specific host address',
  needs: ['containers', 'engine'],
  judge: (container, facts) =>
    judgePorts(container, facts, (ports) => {
      const wide = ports.filter(({ address }) => WILDCARD.test(address));
      return wide.length === 0 ? pass(ports.map(describe).join(', ')) : fail(wide.map(describe).join(', '));
    }),
  recreate(container) {
    const { PublishAllPorts } = container.HostConfig;
    const PortBindings = rebind(container, (binding) => (WILDCARD.test(binding.HostIp) ? { ...binding, HostIp: LOOPBACK } : binding));
    return {
      HostConfig: { PublishAllPorts: false, PortBindings },
      advice: PublishAllPorts
        ? 'publish each port that is needed with --publish ADDRESS:PORT:PORT'
        : `put the address on which others reach it in place of ${LOOPBACK}`,
    };
  },
});

/** Where nobody says which address is meant, the one that nobody else reaches. */
const LOOPBACK = '127.0.0.1';
