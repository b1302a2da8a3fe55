import { defineCollector } from './collector.ts';
import { type Host, HostError } from './host.ts';
import { resolvePath } from './paths.ts';
import type { Processes } from './processes.ts';
import * as z from './schema.ts';

const unit = z.object({
  name: z.string(),
  /** The unit file; null when there is none. */
  path: z.nullable(z.string()),
  dropIns: z.array(z.string()),
});

const schema = z.object({ service: unit, socket: unit });

export type Units = z.infer<typeof schema>;
type Unit = z.infer<typeof unit>;

/** Where systemd looks for unit files, the first match winning. */
const UNIT_DIRECTORIES = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

export const units = defineCollector<typeof schema, { processes: Processes }>({
  describes: 'the systemd units that start Docker and its socket, with their drop-ins',
  watch: { paths: ['/etc/systemd/system'] },
  schema,
  after: ['processes'],
  async collect(host, { processes }) {
    const service = processes?.dockerd.find((process) => !process.nested && process.unit?.includes('docker'))?.unit ?? 'docker.service';
    const names = [service, 'docker.socket'];
    const shown = await showUnits(host, names);
    const found = names.map((name) => shown.get(name) ?? findUnit(host, name));
    return { service: found[0] ?? noUnit(service), socket: found[1] ?? noUnit('docker.socket') };
  },
});

/** Asks systemd, which knows generated and linked units; without it the directories must do. */
async function showUnits(host: Host, names: readonly string[]): Promise<ReadonlyMap<string, Unit>> {
  try {
    const { status, stdout } = await host.run('systemctl', ['show', '--property=Id,FragmentPath,DropInPaths', ...names]);
    return status === 0 ? parseShow(stdout) : new Map();
  } catch (error) {
    if (error instanceof HostError) return new Map();
    throw error;
  }
}

/** The blocks that `systemctl show` prints, one a unit. A unit without a file is left out. */
export function parseShow(output: string): ReadonlyMap<string, Unit> {
  const shown = new Map<string, Unit>();
  for (const block of output.split('\n\n')) {
    const lines = block.split('\n').map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    const { Id: name, FragmentPath: path, DropInPaths: dropIns } = Object.fromEntries(lines);
    if (name && path) shown.set(name, { name, path, dropIns: dropIns ? dropIns.split(' ') : [] });
  }
  return shown;
}

function findUnit(host: Host, name: string): Unit {
  const directory = UNIT_DIRECTORIES.find((candidate) => resolvePath(host, `${candidate}/${name}`).status !== null);
  if (directory === undefined) return noUnit(name);
  const dropIns = UNIT_DIRECTORIES.flatMap((candidate) => {
    const folder = `${candidate}/${name}.d`;
    if (resolvePath(host, folder).status?.kind !== 'directory') return [];
    return host
      .list(folder)
      .filter((entry) => entry.endsWith('.conf'))
      .map((entry) => `${folder}/${entry}`);
  });
  return { name, path: `${directory}/${name}`, dropIns: dropIns.sort() };
}

function noUnit(name: string): Unit {
  return { name, path: null, dropIns: [] };
}
