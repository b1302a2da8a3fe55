/** Looks at the host and makes the plan: read-only. */
import type { Recording } from '../facts/index.ts';
import { assemble, planNeeds } from '../remediations/assemble.ts';
import { digestOf, editedFiles, editedText } from '../remediations/edits.ts';
import type { Applied, Plan } from '../remediations/plan.ts';
import { type FileWriter, WriteError } from '../remediations/writer.ts';
import { maskSecrets, unifiedDiff } from './diff.ts';
import { chooseChecks, type InspectOptions, inspect, type Scene } from './inspect.ts';
import { judge } from './scan.ts';
import { version } from './version.ts';

export interface Planning {
  readonly plan: Plan;
  readonly recording: Recording;
  /** Checks that could not be judged, with the reason: nothing is known of what they would need. */
  readonly unjudged: readonly { readonly check: string; readonly reason: string }[];
  /** What fails now, whether or not the plan would mend it. */
  readonly failing: readonly { readonly check: string; readonly resource: string }[];
}

/** Throws UsageError for options that choose nothing, WriteError where a file to be edited cannot be read or edited. */
export async function makePlan(
  options: InspectOptions,
  maxImpact: Applied,
  files: Pick<FileWriter, 'snapshot'>,
  scene: Scene,
): Promise<Planning> {
  const choice = chooseChecks(options, scene.config);
  const { selection, chosen } = choice;
  const recording = await inspect(choice, planNeeds(chosen), options, scene);
  const findings = chosen.map((check) => judge(check, recording, selection.benchmark));
  const assembled = assemble(findings, recording, { maxImpact, canRestart: scene.config.apply.restartCommand !== undefined });
  const plan: Plan = {
    schemaVersion: 1,
    tool: { name: 'hullguard', version },
    at: new Date(recording.facts.system?.at ?? Date.now()).toISOString(),
    ...assembled,
    files: editedFiles(assembled.changes).map((path) => describeEdit(path, assembled.changes, files)),
  };
  const unjudged = findings.flatMap(({ check, status, reason }) => (status === 'error' ? [{ check: check.id, reason: reason ?? '' }] : []));
  const failing = findings.flatMap(({ check, evidence }) =>
    evidence.filter(({ outcome }) => outcome === 'fail').map(({ resource }) => ({ check: check.id, resource })),
  );
  return { plan, recording, unjudged, failing };
}

function describeEdit(path: string, changes: Plan['changes'], files: Pick<FileWriter, 'snapshot'>): Plan['files'][number] {
  const snapshot = files.snapshot(path);
  if (snapshot !== null && snapshot.names > 1)
    throw new WriteError(`${path} has other names (hard links), under which an edit would leave the old content: make it one file first`);
  const content = snapshot?.content ?? null;
  const before = content?.toString() ?? null;
  if (content !== null && !Buffer.from(before ?? '').equals(content)) throw new WriteError(`${path}: not UTF-8 text`);
  const after = editedText(path, before, changes);
  const isSettings = changes.some((change) => change.kind === 'setting' && change.path === path);
  const shown = (text: string): string => (isSettings ? maskSecrets(text) : text);
  const diff = unifiedDiff(path, before === null ? null : shown(before), shown(after));
  return { path, before: content === null ? null : digestOf(content), after: digestOf(after), diff };
}
