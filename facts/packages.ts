import { defineCollector } from './collector.ts';
import { readIfThere } from './host.ts';
import * as z from './schema.ts';

/** Packages that bring Docker, its client or what it runs containers with, by their names in Debian, Ubuntu and Docker's own repositories. */
const NAMES = [
  'containerd',
  'containerd.io',
  'docker-ce',
  'docker-ce-cli',
  'docker-cli',
  'docker.io',
  'moby-cli',
  'moby-containerd',
  'moby-engine',
  'moby-runc',
  'runc',
];

const STATUS = '/var/lib/dpkg/status';
/** Some 10,000 packages. */
const LIMIT = 64 << 20;

const schema = z.object({
  /** As /etc/os-release calls it: `debian` and `bookworm`; empty where it does not say. */
  distribution: z.object({ id: z.string(), codename: z.string() }),
  /** Null where no package manager that can be asked without a program knows of any. */
  packages: z.nullable(z.array(z.object({ name: z.string(), version: z.string() }))),
});

export type Packages = z.infer<typeof schema>;

export const packages = defineCollector({
  describes: 'the distribution, and the versions of the packages of Docker that dpkg has installed',
  watch: { paths: [STATUS, '/etc/os-release'] },
  schema,
  async collect(host) {
    const release = readIfThere(host, '/etc/os-release', LIMIT) ?? '';
    const status = readIfThere(host, STATUS, LIMIT);
    return { distribution: parseDistribution(release), packages: status === null ? null : parseStatus(status) };
  },
});

function parseDistribution(release: string): Packages['distribution'] {
  const value = (name: string): string => new RegExp(`^${name}=(["']?)(.*)\\1$`, 'm').exec(release)?.[2] ?? '';
  return { id: value('ID'), codename: value('VERSION_CODENAME') };
}

/** Paragraphs of dpkg's status file: of the packages above, those installed. One that was removed for another architecture has a paragraph of its own. */
export function parseStatus(content: string): { name: string; version: string }[] {
  return NAMES.flatMap((name) =>
    paragraphsOf(name, content).flatMap((paragraph) => {
      const version = /^Version: (\S+)$/m.exec(paragraph)?.[1];
      return /^Status: \S+ \S+ installed$/m.test(paragraph) && version !== undefined ? [{ name, version }] : [];
    }),
  );
}

function paragraphsOf(name: string, content: string): string[] {
  const head = `Package: ${name}\n`;
  const found: string[] = [];
  for (let at = content.indexOf(head); at >= 0; at = content.indexOf(head, at + 1)) {
    if (at > 0 && content[at - 1] !== '\n') continue;
    const end = content.indexOf('\n\n', at);
    // A copy: a part of a text keeps all of it in memory, and this one has megabytes.
    found.push(Buffer.from(content.slice(at, end < 0 ? undefined : end)).toString());
  }
  return found;
}
