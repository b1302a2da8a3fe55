/** What this program was built from. */
import type { Topic } from '../choices.ts';
import { UsageError } from '../errors.ts';
import { isExecutable, shipped } from '../host/shipped.ts';
import { version } from '../version.ts';

const FILES = { build: 'build.json', licenses: 'licenses.txt', sbom: 'sbom.cdx.json' } as const satisfies Record<Topic, string>;

/** Throws UsageError where this is a checkout, of which nobody has recorded that. */
export function about(topic: Topic): string {
  const text = shipped(FILES[topic]);
  if (topic === 'build') return build(text);
  if (text === null)
    throw new UsageError(`about ${topic}: a checkout has none; package-lock.json says what is used (npm sbom, npm run build:npm)`);
  return text;
}

function build(text: string | null): string {
  const { commit, date } = text === null ? { commit: null, date: null } : (JSON.parse(text) as { commit: string | null; date: string });
  const form = isExecutable() ? 'single executable' : text === null ? 'checkout' : 'bundle';
  return [
    `hullguard ${version}`,
    `commit  ${commit ?? 'unknown'}`,
    ...(date === null ? [] : [`of      ${date}`]),
    `runs    as a ${form} on Node ${process.versions.node}, ${process.platform}-${process.arch}`,
    '',
  ].join('\n');
}
