import { defineCollector } from './collector.ts';
import type { Engines } from './engines.ts';
import { type Host, HostError, reasonOf } from './host.ts';
import * as z from './schema.ts';

const version = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  /** Who built it, where it says: `Docker Engine - Community`. */
  Platform: z.nullish(z.object({ Name: z.text })),
  Components: z.list(z.object({ Name: z.string(), Version: z.string() })),
});

/** Keys that every engine sends are asked for: an answer without them is none, and must not read as settings that are off. */
const info = z.object({
  Name: z.text,
  ServerVersion: z.string(),
  Driver: z.string(),
  DockerRootDir: z.string(),
  Debug: z.flag,
  ExperimentalBuild: z.boolean(),
  LiveRestoreEnabled: z.boolean(),
  LoggingDriver: z.string(),
  CgroupDriver: z.text,
  CgroupVersion: z.text,
  KernelVersion: z.text,
  OperatingSystem: z.text,
  /** Bytes of memory of the engine's host; 0 when it does not say. */
  MemTotal: z.integer,
  /** CPUs of the engine's host; 0 when it does not say. */
  NCPU: z.integer,
  SecurityOptions: z.list(z.string()),
  Warnings: z.list(z.string()),
  Runtimes: z.dictionary(z.object({ path: z.text })),
  Plugins: z.nullish(z.object({ Authorization: z.list(z.string()), Log: z.list(z.string()) })),
  RegistryConfig: z.nullish(
    z.object({
      InsecureRegistryCIDRs: z.list(z.string()),
      IndexConfigs: z.dictionary(z.object({ Secure: z.flag })),
      Mirrors: z.list(z.string()),
    }),
  ),
  FirewallBackend: z.nullish(z.object({ Driver: z.text })),
  Containerd: z.nullish(z.object({ Address: z.text })),
  Swarm: z.nullish(
    z.object({
      LocalNodeState: z.text,
      ControlAvailable: z.flag,
      NodeID: z.text,
      NodeAddr: z.text,
      Managers: z.integer,
      Cluster: z.nullish(
        z.object({
          RootRotationInProgress: z.flag,
          TLSInfo: z.nullish(z.object({ TrustRoot: z.text })),
          Spec: z.nullish(
            z.object({
              CAConfig: z.nullish(z.object({ NodeCertExpiry: z.integer })),
              EncryptionConfig: z.nullish(z.object({ AutoLockManagers: z.flag })),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** Options of a network plugin may hold a password: they are kept like labels. */
const network = z.object({ Name: z.string(), Driver: z.text, Scope: z.text, Ingress: z.flag, Options: z.labels });

/** Of a volume's options only what says that a host directory is behind it: others may hold a file server's password. */
const volume = z.object({ Name: z.string(), Driver: z.text, Options: z.dictionary(z.string()) });

const schema = z.object({
  endpoint: z.string(),
  version,
  info,
  networks: z.array(network),
  /** Null when they could not be listed: one volume plugin that hangs is enough for that, and no reason to know nothing of the engine. */
  volumes: z.nullable(z.array(volume)),
  /** Why they could not. */
  volumesProblem: z.optional(z.string()),
});

export type Engine = z.infer<typeof schema>;

export const engine = defineCollector<typeof schema, { engines: Engines }>({
  describes: "the engine's own account of itself: versions, settings, networks and volumes",
  watch: { events: ['daemon', 'network', 'volume'] },
  schema,
  needs: ['engines'],
  async collect(host, { engines }) {
    const endpoint = engines.selected;
    if (endpoint === null) {
      throw new HostError(
        'unreachable',
        'no Docker engine found: no socket and no running dockerd (start Docker, or name the engine with --docker-host)',
      );
    }
    const [versionAnswer, infoAnswer, networks, volumes] = await Promise.all([
      ask(host, endpoint, '/version', version),
      ask(host, endpoint, '/info', info),
      ask(host, endpoint, '/networks', z.array(network)),
      listVolumes(host, endpoint),
    ]);
    return {
      endpoint,
      version: versionAnswer,
      info: infoAnswer,
      networks: inOrder(networks, ({ Name }) => Name),
      ...volumes,
    };
  },
});

async function listVolumes(host: Host, endpoint: string): Promise<Pick<Engine, 'volumes' | 'volumesProblem'>> {
  try {
    const { Volumes } = await ask(host, endpoint, '/volumes', z.object({ Volumes: z.nullable(z.array(volume)) }));
    return { volumes: inOrder((Volumes ?? []).map(withoutSecrets), ({ Name }) => Name) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { volumes: null, volumesProblem: reasonOf(error) };
  }
}

/** Asks the engine and checks the answer's shape. An answer of another shape is a HostError, never a guess. */
export async function ask<Schema extends z.ZodMiniType>(
  host: Host,
  endpoint: string,
  path: string,
  answer: Schema,
): Promise<z.infer<Schema>> {
  const result = answer.safeParse(await host.docker(endpoint, path));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join('.') || 'the answer';
  throw new HostError('invalid', `GET ${path}: the engine's answer is not what Docker sends (${where}: ${issue?.message ?? 'unexpected'})`);
}

/** The engine lists many things in another order each time; two audits of one host must not differ by that. */
export function inOrder<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items.toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
}

function withoutSecrets(entry: z.infer<typeof volume>): z.infer<typeof volume> {
  const { type, o, device } = entry.Options;
  const bind = entry.Driver === 'local' && o !== undefined && /(^|,)r?bind(,|$)/.test(o);
  return { ...entry, Options: bind ? { type: type ?? '', o: 'bind', device: device ?? '' } : {} };
}

/** The value of a SecurityOptions entry such as `name=seccomp,profile=builtin`; undefined when the engine lacks it. */
export function securityOption(options: readonly string[], name: string): Readonly<Record<string, string>> | undefined {
  const entry = options.find((option) => option === `name=${name}` || option.startsWith(`name=${name},`));
  if (entry === undefined) return undefined;
  return Object.fromEntries(entry.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

/** The engine's major version, 0 when it does not say. */
export function majorVersion(engineVersion: string): number {
  return Number.parseInt(engineVersion, 10) || 0;
}
