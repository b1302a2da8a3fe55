/** Looks at the host and makes the plan: read-only. */
import { sha256 } from '../facts/digest.ts';
import type { Recording } from '../facts/index.ts';
import { assemble, planNeeds } from '../remediations/assemble.ts';
import { editedFiles, editedText } from '../remediations/edits.ts';
import type { Applied, Plan } from '../remediations/plan.ts';
import { type FileWriter, WriteError } from '../remediations/writer.ts';
import { maskSecrets, unifiedDiff } from './diff.ts';
import { UsageError } from './errors.ts';
import { chooseChecks, type InspectOptions, inspect, type Scene } from './inspect.ts';
import { judge } from './scan.ts';
import { readDecisions } from './state/decisions-file.ts';
import { version } from './version.ts';
import { decide, waiverNeeds } from './waivers.ts';

export interface Planning {
  readonly plan: Plan;
  readonly recording: Recording;
  /** Checks that could not be judged, with the reason: nothing is known of what they would need. */
  readonly unjudged: readonly { readonly check: string; readonly reason: string }[];
  /** What fails now, whether or not the plan would mend it. */
  readonly failing: readonly { readonly check: string; readonly resource: string }[];
  /** What fails and is waived: the site lives with it, so it is left alone. */
  readonly waived: readonly { readonly check: string; readonly resource: string; readonly waiver: string }[];
}

/** Throws UsageError for options that choose nothing and waivers that must not be used, WriteError where a file to be edited cannot be read or edited. */
export async function makePlan(
  options: InspectOptions,
  maxImpact: Applied,
  files: Pick<FileWriter, 'snapshot'>,
  scene: Scene,
): Promise<Planning> {
  const choice = chooseChecks(options, scene.config);
  const { selection, chosen } = choice;
  const { decisions, problems } = readDecisions(options.waivers ?? [], true);
  // To change what the site may have decided to live with is worse than to change nothing.
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  const recording = await inspect(choice, [...planNeeds(chosen), ...waiverNeeds(decisions, chosen)], options, scene);
  const judged = chosen.map((check) => judge(check, recording, selection.benchmark));
  const at = recording.facts.system?.at ?? Date.now();
  const { findings } = decide(judged, decisions, recording.facts, at);
  const open = findings.map(({ check, evidence }) => ({ check, evidence: evidence.filter(({ waiver }) => waiver === undefined) }));
  const assembled = assemble(open, recording, { maxImpact, canRestart: scene.config.apply.restartCommand !== undefined });
  const plan: Plan = {
    schemaVersion: 1,
    tool: { name: 'hullguard', version },
    at: new Date(at).toISOString(),
    ...assembled,
    files: editedFiles(assembled.changes).map((path) => describeEdit(path, assembled.changes, files)),
  };
  const unjudged = findings.flatMap(({ check, status, reason }) => (status === 'error' ? [{ check: check.id, reason: reason ?? '' }] : []));
  const failing = open.flatMap(({ check, evidence }) =>
    evidence.filter(({ outcome }) => outcome === 'fail').map(({ resource }) => ({ check: check.id, resource })),
  );
  const waived = findings.flatMap(({ check, evidence }) =>
    evidence.flatMap(({ resource, waiver }) => (waiver === undefined ? [] : [{ check: check.id, resource, waiver }])),
  );
  return { plan, recording, unjudged, failing, waived };
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
  return { path, before: content === null ? null : sha256(content), after: sha256(after), diff };
}
