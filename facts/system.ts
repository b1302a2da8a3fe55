import { defineCollector } from './collector.ts';
import type { Engine } from './engine.ts';
import { attempt, type Host, hasCode } from './host.ts';
import * as z from './schema.ts';

const schema = z.object({
  /** When the facts were collected, in milliseconds since the epoch: judging needs no clock of its own. */
  at: z.number().check(z.minimum(0), z.maximum(8.64e15)), // as far as dates go
  hostname: z.string(),
  os: z.string(),
  kernel: z.string(),
  /** Bytes. */
  memory: z.int(),
  /** The first port that needs no privilege. */
  unprivilegedPortStart: z.int(),
  /** SELinux is on in the kernel; null when that cannot be seen. */
  selinux: z.nullable(z.boolean()),
});

export type System = z.infer<typeof schema>;

export const system = defineCollector<typeof schema, object, { engine: Engine }>({
  describes: 'name, operating system, kernel and memory of the host',
  watch: {},
  schema,
  after: ['engine'],
  async collect(host, { engine }) {
    return {
      at: Date.now(),
      hostname: engine?.info.Name || line(host, '/proc/sys/kernel/hostname') || line(host, '/etc/hostname'),
      os: parseOsRelease(line(host, '/etc/os-release')) || engine?.info.OperatingSystem || 'unknown',
      kernel: line(host, '/proc/sys/kernel/osrelease') || engine?.info.KernelVersion || 'unknown',
      memory: await readMemory(host, engine),
      unprivilegedPortStart: Number(/^\d+$/.exec(line(host, '/proc/sys/net/ipv4/ip_unprivileged_port_start'))?.[0] ?? 1024),
      selinux: readSelinux(host),
    };
  },
});

/** The memory of another host is what its engine tells. */
async function readMemory(host: Host, engine: Engine | undefined): Promise<number> {
  try {
    return await host.memory();
  } catch (error) {
    if (!hasCode(error, 'unreachable') || !engine?.info.MemTotal) throw error;
    return engine.info.MemTotal;
  }
}

function readSelinux(host: Host): boolean | null {
  return attempt(() => host.lstat('/sys/fs/selinux/enforce') !== null, null);
}

/** Descriptive only: a host without one of these files is still a host. */
function line(host: Host, path: string): string {
  return attempt(() => host.read(path).trim(), '');
}

export function parseOsRelease(content: string): string {
  return /^PRETTY_NAME=(["']?)(.*)\1$/m.exec(content)?.[2] ?? '';
}
