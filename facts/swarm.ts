import { defineCollector } from './collector.ts';
import type { Daemon } from './daemon.ts';
import { ask, type Engine, inOrder } from './engine.ts';
import { attempt, type Host, HostError, hasCode } from './host.ts';
import * as z from './schema.ts';
import { isSecretName } from './secrets.ts';

const listener = z.object({ protocol: z.enum(['tcp', 'udp']), address: z.string(), port: z.int() });

const schema = z.object({
  /** inactive, pending, active, locked or error. */
  state: z.string(),
  manager: z.boolean(),
  managers: z.int(),
  nodeAddress: z.string(),
  /** Sockets of the cluster's ports on this host; null when they could not be read. */
  listeners: z.nullable(z.array(listener)),
  /** Services with the names of their variables and configs that look like secrets; null where they could not be asked for, as on a worker. */
  services: z.nullable(z.array(z.object({ name: z.string(), exposed: z.array(z.string()), secrets: z.int() }))),
  autolock: z.nullable(z.boolean()),
  /** Nanoseconds. */
  nodeCertificateExpiry: z.nullable(z.number()),
  /** When the root certificate became valid, in milliseconds since the epoch. */
  rootValidFrom: z.nullable(z.number().check(z.minimum(-8.64e15), z.maximum(8.64e15))),
  /** Where container traffic goes, from the node's own state file; empty when it is the node's address, null when unknown. */
  dataPathAddress: z.nullable(z.string()),
});

export type Swarm = z.infer<typeof schema>;

const service = z.object({
  Spec: z.object({
    Name: z.string(),
    TaskTemplate: z.nullish(
      z.object({
        ContainerSpec: z.nullish(
          z.object({ Env: z.variableNames, Secrets: z.list(z.object({})), Configs: z.list(z.object({ ConfigName: z.text })) }),
        ),
      }),
    ),
  }),
});

const stateFile = z.object({ DataPathAddr: z.text });

/** Cluster management, and node-to-node gossip over both protocols. */
const CLUSTER_PORTS = [2377, 7946];

export const swarm = defineCollector<typeof schema, { engine: Engine }, { daemon: Daemon }>({
  describes: 'swarm mode: state, managers, listeners, certificates, services',
  watch: { events: ['node', 'service', 'secret'] },
  schema,
  needs: ['engine'],
  after: ['daemon'],
  async collect(host, { engine, daemon }) {
    const { Swarm: node, DockerRootDir } = engine.info;
    const active = node?.LocalNodeState === 'active';
    const manager = node?.ControlAvailable ?? false;
    const spec = node?.Cluster?.Spec;
    // Only a manager's API tells the root certificate; every node has it on disk.
    const root =
      node?.Cluster?.TLSInfo?.TrustRoot || (active ? readIfOpen(host, `${DockerRootDir}/swarm/certificates/swarm-root-ca.crt`) : '');
    return {
      state: node?.LocalNodeState || 'inactive',
      manager,
      managers: node?.Managers ?? 0,
      nodeAddress: node?.NodeAddr ?? '',
      listeners: active ? readListeners(host, daemon?.process?.pid) : [],
      services: manager ? await readServices(host, engine.endpoint) : null,
      autolock: spec?.EncryptionConfig?.AutoLockManagers ?? null,
      nodeCertificateExpiry: spec?.CAConfig?.NodeCertExpiry ?? null,
      rootValidFrom: root ? validFrom(root) : null,
      dataPathAddress: active ? readDataPath(host, DockerRootDir) : null,
    };
  },
});

/** A manager without a quorum refuses to list them; what else is known of the swarm stays known. */
async function readServices(host: Host, endpoint: string): Promise<Swarm['services']> {
  try {
    return inOrder((await ask(host, endpoint, '/services', z.array(service))).map(describeService), ({ name }) => name);
  } catch (error) {
    if (error instanceof HostError) return null;
    throw error;
  }
}

function describeService({ Spec: { Name, TaskTemplate } }: z.infer<typeof service>): NonNullable<Swarm['services']>[number] {
  const { Env = [], Configs = [], Secrets = [] } = TaskTemplate?.ContainerSpec ?? {};
  return { name: Name, exposed: [...Env, ...Configs.map(({ ConfigName }) => ConfigName)].filter(isSecretName), secrets: Secrets.length };
}

function validFrom(certificate: string): number | null {
  try {
    const { X509Certificate } = process.getBuiltinModule('node:crypto');
    return new X509Certificate(certificate).validFromDate.getTime();
  } catch {
    return null; // not a certificate: unknown, and the check says so
  }
}

function readDataPath(host: Host, dataRoot: string): string | null {
  try {
    const parsed = stateFile.safeParse(JSON.parse(readIfOpen(host, `${dataRoot}/swarm/docker-state.json`)));
    return parsed.success ? parsed.data.DataPathAddr : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Text of one of the swarm's own files; empty where it is not here or closed to us. */
function readIfOpen(host: Host, path: string): string {
  return attempt(() => host.read(path), '');
}

/** Listening sockets of the network namespace dockerd lives in. */
function readListeners(host: Host, pid: number | undefined): Swarm['listeners'] {
  return attempt(
    () =>
      (['tcp', 'tcp6', 'udp', 'udp6'] as const)
        .flatMap((table) => parseSockets(readTable(host, `/proc/${pid ?? 1}/net/${table}`), table.startsWith('tcp') ? 'tcp' : 'udp'))
        .filter(({ port }) => CLUSTER_PORTS.includes(port)),
    null,
  );
}

/** A host without IPv6 has no tables for it; a busy one has tables of megabytes. */
function readTable(host: Host, path: string): string {
  try {
    return host.read(path, 32 << 20);
  } catch (error) {
    if (path.endsWith('6') && hasCode(error, 'missing')) return '';
    throw error;
  }
}

const LISTENING = '0A';
const UNCONNECTED = '07';

/** Listeners of /proc/net/tcp and its kin: addresses are hexadecimal, each 32-bit word in the machine's (little-endian) byte order. */
export function parseSockets(table: string, protocol: 'tcp' | 'udp'): z.infer<typeof listener>[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [hex = '', port = ''] = local.split(':');
      if (state !== (protocol === 'tcp' ? LISTENING : UNCONNECTED)) return [];
      return [{ protocol, address: parseAddress(hex), port: Number.parseInt(port, 16) }];
    });
}

function parseAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)));
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '::';
  const groups = bytes.flatMap((byte, index) => (index % 2 === 0 ? [((byte << 8) | (bytes[index + 1] ?? 0)).toString(16)] : []));
  return groups.join(':');
}
