import { defineCollector } from './collector.ts';
import type { Daemon } from './daemon.ts';
import { type Host, hasCode } from './host.ts';
import * as z from './schema.ts';

const schema = z.object({
  mounts: z.array(
    z.object({
      mountPoint: z.string(),
      source: z.string(),
      filesystem: z.string(),
      /** `8:1`: two mounts of one file system have the same. */
      device: z.string(),
      /** The directory of the file system that is mounted: `/`, unless it is a bind mount or a subvolume. */
      root: z.string(),
    }),
  ),
});

export type Mounts = z.infer<typeof schema>;

export const mounts = defineCollector<typeof schema, object, { daemon: Daemon }>({
  describes: 'mount points as dockerd sees them, or else as the init process does',
  watch: {},
  schema,
  after: ['daemon'],
  async collect(host, { daemon }) {
    const pids = [daemon?.process?.pid, 1, 'self'].filter((pid) => pid !== undefined);
    return {
      mounts: parseMountInfo(
        readFirst(
          host,
          pids.map((pid) => `/proc/${pid}/mountinfo`),
        ),
      ),
    };
  },
});

/** The first file that we may read: those of other users' processes need privilege. */
function readFirst(host: Host, [path, ...others]: readonly string[]): string {
  try {
    return host.read(path ?? '', 8 << 20);
  } catch (error) {
    if (others.length === 0 || !hasCode(error, 'denied', 'missing')) throw error;
    return readFirst(host, others);
  }
}

/** /proc/PID/mountinfo (see proc(5)): optional fields end at a lone dash; blanks in paths are written `\040`. */
export function parseMountInfo(mountInfo: string): Mounts['mounts'] {
  return mountInfo.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    const mountPoint = fields[4];
    if (dash < 0 || mountPoint === undefined) return [];
    const [, , device = '', root = ''] = fields;
    const [filesystem = '', source = ''] = fields.slice(dash + 1);
    return [{ mountPoint: unescapeOctal(mountPoint), filesystem, source: unescapeOctal(source), device, root: unescapeOctal(root) }];
  });
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
