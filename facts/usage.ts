import { defineCollector } from './collector.ts';
import type { Container, Containers } from './containers.ts';
import { attempt, type Host } from './host.ts';
import * as z from './schema.ts';

const schema = z.object({
  /** Container id → bytes of memory it uses now; none for what is stopped or out of sight. */
  memory: z.record(z.string(), z.int()),
});

/** No check asks for it: what a container uses is looked at when a limit is planned. */
export const usage = defineCollector<typeof schema, { containers: Containers }>({
  describes: 'memory that each running container uses now, read from its cgroup',
  watch: {},
  schema,
  needs: ['containers'],
  async collect(host, { containers }) {
    const running = containers.containers.filter(({ State }) => State.Running);
    const seen = running.flatMap((container): [string, number][] => {
      const bytes = memoryOf(host, container);
      return bytes === null ? [] : [[container.Id, bytes]];
    });
    return { memory: Object.fromEntries(seen) };
  },
});

function memoryOf(host: Host, { Id, State }: Container): number | null {
  return attempt(() => {
    const path = memoryFile(host.read(`/proc/${State.Pid}/cgroup`), Id);
    const bytes = path === null ? '' : host.read(path).trim();
    return /^\d+$/.test(bytes) ? Number(bytes) : null;
  }, null); // it ended meanwhile, or is out of our sight
}

/**
 * Where the kernel tells the memory of a container, by /proc/PID/cgroup of its first process: `0::/PATH`, or with cgroup v1 `N:memory:/PATH`.
 * An init system may have put itself into a cgroup below the container's, and an engine in a PID namespace of its own counts differently:
 * the path must name the container, and is cut behind its name.
 */
export function memoryFile(cgroup: string, id: string): string | null {
  const entries = cgroup.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []);
  const [, controllers, path = ''] =
    entries.find(([, names = '']) => names.split(',').includes('memory')) ?? entries.find(([, names]) => names === '') ?? [];
  const parts = path.split('/');
  const last = parts.findIndex((part) => part.includes(id));
  if (last < 0 || parts.includes('..')) return null;
  const own = parts.slice(0, last + 1).join('/');
  return controllers === '' ? `/sys/fs/cgroup${own}/memory.current` : `/sys/fs/cgroup/memory${own}/memory.usage_in_bytes`;
}
