/** Variables that tell a Docker client what to do, from files of assignments: no shell runs. */
import type { Host } from './host.ts';
import { resolvePath } from './paths.ts';
import * as z from './schema.ts';

const NAMES = ['DOCKER_HOST', 'DOCKER_TLS', 'DOCKER_TLS_VERIFY', 'DOCKER_CONTENT_TRUST'] as const;

export const clientVariable = z.object({ path: z.string(), name: z.enum(NAMES), value: z.string() });
export type ClientVariable = z.infer<typeof clientVariable>;

// Blanks of the same line alone: lines that are empty would be looked at from each of them again.
const ASSIGNMENT = new RegExp(`^[ \\t]*(?:export[ \\t]+)?(${NAMES.join('|')})=["']?([^"'\\s;#]*)`, 'gm');

/** The files whose variables all users get, in the order in which shells read them. Throws HostError. */
export function sharedProfiles(host: Host): string[] {
  const more = resolvePath(host, '/etc/profile.d').status?.kind === 'directory' ? host.list('/etc/profile.d') : [];
  const names = more.filter((name) => name.endsWith('.sh')).toSorted();
  return ['/etc/environment', '/etc/profile', ...names.map((name) => `/etc/profile.d/${name}`)];
}

/** The last value that a file gives each of them; in a form that cannot hold a secret. */
export function parseVariables(path: string, content: string): ClientVariable[] {
  const values = new Map([...content.matchAll(ASSIGNMENT)].map(([, name = '', value = '']) => [name, value]));
  return NAMES.flatMap((name) => {
    const value = values.get(name);
    return value === undefined ? [] : [{ path, name, value: presentable(name, value) }];
  });
}

function presentable(name: ClientVariable['name'], value: string): string {
  if (name === 'DOCKER_HOST') return value === '' ? '' : addressWithoutSecrets(value);
  return /^(0|1|true|false|)$/i.test(value) ? value : z.HIDDEN;
}

/** Scheme, host and port, or the path of a socket: nothing of a user, a path or a query. */
export function addressWithoutSecrets(address: string): string {
  const [, socket] = /^(unix:\/\/\/[\w./-]{1,200})$/.exec(address) ?? [];
  const [, scheme, host] = /^(tcp|https?|ssh|npipe|fd):\/\/(?:[^/?#]*@)?([\w.-]+(?::\d+)?|\[[\da-fA-F:.]+\](?::\d+)?)?/.exec(address) ?? [];
  return socket ?? (scheme === undefined ? z.HIDDEN : `${scheme}://${host ?? ''}`);
}

/** `https://index.docker.io/v1/` → `index.docker.io`. */
export function registryName(key: string): string {
  return /^(?:https?:\/\/)?(?:[^/?#]*@)?([\w.-]+(?::\d+)?|\[[\da-fA-F:.]+\](?::\d+)?)(?:[/?#]|$)/.exec(key)?.[1] ?? z.HIDDEN;
}
