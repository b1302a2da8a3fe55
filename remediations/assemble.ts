/** Failing evidence → a plan. Pure: what the files hold and will hold is added by who can read them. */
import type { Check, Evidence, Goal, GoalKind, Goals } from '../checks/check.ts';
import { containerName } from '../checks/families/each-container.ts';
import type { FactName, Facts, Recording } from '../facts/index.ts';
import { recreateSteps } from './container-option.ts';
import { reloadEffects, restartEffects } from './daemon-effects.ts';
import { remediations } from './index.ts';
import { type Applied, type Change, costliest, type Plan, within } from './plan.ts';
import { commandLine, operands } from './quoting.ts';
import type { Answer, Remediation } from './remediation.ts';

/** A finding, as far as a plan asks for it. */
interface Judged {
  readonly check: Check;
  readonly evidence: readonly Evidence[];
}

export interface Terms {
  /** The most that may be spent. */
  readonly maxImpact: Applied;
  /** The site has a way of its own to restart dockerd. */
  readonly canRestart: boolean;
}

export type Assembled = Omit<Plan, 'schemaVersion' | 'tool' | 'at' | 'files'>;

interface Item {
  readonly check: Check;
  readonly evidence: Evidence;
}
type Answered = Item & { readonly answer: Answer };
type Planned = Item & { readonly answer: Extract<Answer, { readonly changes: unknown }> };

/** Facts that a plan looks at when these checks fail, beside those of the checks themselves. */
export function planNeeds(checks: readonly Pick<Check, 'goal'>[]): FactName[] {
  return [...new Set(checks.flatMap(({ goal }) => (goal === undefined ? [] : remediations[goal].needs)))];
}

export function assemble(findings: readonly Judged[], recording: Recording, terms: Terms): Assembled {
  const failing = findings.flatMap(({ check, evidence }) =>
    evidence.filter(({ outcome }) => outcome === 'fail').map((entry): Item => ({ check, evidence: entry })),
  );
  const answered = failing
    .filter(({ evidence }) => evidence.goal !== undefined && evidence.goal.kind !== 'container-option')
    .map((item): Answered => ({ ...item, answer: answer(item.evidence.goal as Goal, recording, terms) }));
  const possible = answered.filter((item): item is Planned => 'changes' in item.answer);
  const affordable = possible.filter((item) => within(item.answer.impact, terms.maxImpact));
  const mended = affordable.filter(({ answer: { changes, impact } }) => changes.length > 0 || impact !== 'none');
  const impact = costliest(mended.map((item) => item.answer.impact));
  const changes = merge(mended.flatMap((item) => item.answer.changes));
  const daemon = daemonOf(impact, recording.facts);
  const systemd = changes.some((change) => change.kind === 'lines' && change.path.startsWith('/etc/systemd/'));
  const { system, engine } = recording.facts;
  return {
    host: {
      hostname: system?.hostname || 'unknown',
      engine: engine ? { version: engine.version.Version, endpoint: engine.endpoint } : null,
    },
    maxImpact: terms.maxImpact,
    impact,
    fixes: mended.map(describeFix),
    changes,
    daemon,
    systemd,
    commands: commandsOf(changes, systemd, daemon),
    effects: effectsOf(mended, impact, recording.facts),
    held: possible.filter((item) => !within(item.answer.impact, terms.maxImpact)).map(describeFix),
    refused: answered.flatMap(({ check, evidence: { resource }, answer: given }) =>
      'refused' in given ? [{ check: check.id, resource, reason: given.refused }] : [],
    ),
    byHand: byHand(failing, answered, recording.facts),
    waits: affordable.flatMap(({ check, evidence: { resource }, answer: { waits } }) =>
      waits === undefined ? [] : [{ check: check.id, resource, reason: waits }],
    ),
  };
}

function describeFix({ check, evidence: { resource }, answer: { impact } }: Planned): Plan['fixes'][number] {
  return { check: check.id, resource, impact };
}

function answer(goal: Goal, { facts, missing }: Recording, { canRestart }: Terms): Answer {
  const { kind } = goal;
  // One kind of goal and its own remediation: the table pairs them, which the type of a lookup cannot say.
  const remediation = remediations[kind] as Remediation<GoalKind>;
  const lacking = remediation.needs.find((name) => facts[name] === undefined);
  if (lacking !== undefined) return { refused: missing[lacking] ?? `the fact ${lacking} was not collected` };
  const given = remediation.plan(goal as Goals[GoalKind], facts as Facts);
  if ('changes' in given && given.impact === 'restart' && !canRestart && unitOf(facts) === null) return { refused: noUnit(facts) };
  return given;
}

function noUnit({ daemon }: Partial<Facts>): string {
  const unit = daemon?.process?.unit ?? null;
  const place = unit === null ? 'under no systemd unit' : `in ${unit}, which may not be its own`;
  return `dockerd (pid ${daemon?.process?.pid}) runs ${place}: set the key and restart dockerd yourself, or name apply.restartCommand in the configuration`;
}

/** The unit that runs dockerd. A daemon started by hand belongs to the unit of whoever started it. */
function unitOf({ daemon }: Partial<Facts>): string | null {
  const unit = daemon?.process?.unit ?? null;
  return unit?.includes('docker') ? unit : null;
}

function daemonOf(impact: Applied, facts: Partial<Facts>): Plan['daemon'] {
  const process = facts.daemon?.process;
  if (impact === 'none' || !process) return null;
  return { action: impact, pid: process.pid, startedAt: process.startedAt, unit: unitOf(facts) };
}

const ORDER: readonly Change['kind'][] = ['lines', 'access', 'audit-rule', 'limits', 'setting'];

/** One change a thing: what two checks ask of one file's mode and owner, or of one of our files, is one edit. */
function merge(changes: readonly Change[]): Change[] {
  const merged = new Map<string, Change>();
  for (const change of changes) {
    const key = keyOf(change);
    const before = merged.get(key);
    merged.set(key, before === undefined ? change : join(before, change));
  }
  return [...merged.values()].toSorted((left, right) => ORDER.indexOf(left.kind) - ORDER.indexOf(right.kind));
}

function keyOf(change: Change): string {
  switch (change.kind) {
    case 'setting':
      return `setting ${change.path} ${change.key}`;
    case 'lines':
    case 'access':
      return `${change.kind} ${change.path}`;
    case 'audit-rule':
      return `rule ${change.rule}`;
    case 'limits':
      return `limits ${change.id}`;
  }
}

function join(first: Change, second: Change): Change {
  if (first.kind === 'lines' && second.kind === 'lines') return { ...first, lines: [...new Set([...first.lines, ...second.lines])] };
  if (first.kind === 'limits' && second.kind === 'limits')
    return { ...first, before: { ...first.before, ...second.before }, after: { ...first.after, ...second.after } };
  if (first.kind !== 'access' || second.kind !== 'access') return second;
  const changed = (key: 'uid' | 'gid'): number => (second.after[key] === second.before[key] ? first.after[key] : second.after[key]);
  // Every goal only takes bits away: a key and its certificate in one file get what both allow.
  return { ...first, after: { mode: first.after.mode & second.after.mode, uid: changed('uid'), gid: changed('gid') } };
}

/** As a person would write them. */
function commandsOf(changes: readonly Change[], systemd: boolean, daemon: Plan['daemon']): string[] {
  return [
    ...changes.flatMap((change) => {
      if (change.kind === 'access') return accessCommands(change);
      if (change.kind === 'audit-rule') return [`auditctl ${change.rule}`];
      return change.kind === 'limits' ? [commandLine('docker', 'update', ...updateOptions(change.after), ...operands(change.name))] : [];
    }),
    ...(systemd ? ['systemctl daemon-reload'] : []),
    ...(daemon?.action === 'reload' ? [`kill -HUP ${daemon.pid}`] : []),
    ...(daemon?.action === 'restart' ? [daemon.unit === null ? 'apply.restartCommand' : `systemctl restart ${daemon.unit}`] : []),
  ];
}

function accessCommands({ path, before, after }: Extract<Change, { readonly kind: 'access' }>): string[] {
  const owner =
    before.uid === after.uid && before.gid === after.gid ? [] : [commandLine('chown', `${after.uid}:${after.gid}`, ...operands(path))];
  return before.mode === after.mode ? owner : [...owner, commandLine('chmod', after.mode.toString(8).padStart(4, '0'), ...operands(path))];
}

function updateOptions(limits: Extract<Change, { readonly kind: 'limits' }>['after']): string[] {
  const { Memory, MemorySwap, NanoCpus, PidsLimit, RestartPolicy } = limits;
  return [
    ...(Memory === undefined ? [] : ['--memory', `${Memory}`]),
    ...(MemorySwap === undefined ? [] : ['--memory-swap', `${MemorySwap}`]),
    ...(NanoCpus === undefined ? [] : ['--cpus', `${NanoCpus / 1e9}`]),
    ...(PidsLimit === undefined ? [] : ['--pids-limit', `${PidsLimit}`]),
    ...(RestartPolicy === undefined ? [] : ['--restart', `${RestartPolicy.Name}:${RestartPolicy.MaximumRetryCount}`]),
  ];
}

function effectsOf(mended: readonly Planned[], impact: Applied, facts: Partial<Facts>): Plan['effects'] {
  const own = mended.flatMap(({ check, answer: { effects = [] } }) =>
    effects.map(({ effect, resources }) => ({ check: check.id, effect, resources: [...resources] })),
  );
  const keys = mended.flatMap(({ evidence: { goal } }) => (goal?.kind === 'daemon-setting' ? [goal.key] : []));
  const general = impact === 'restart' ? restartEffects(facts, keys) : impact === 'reload' ? reloadEffects(facts, keys) : [];
  const all = [...general.map(({ effect, resources }) => ({ check: null, effect, resources: [...resources] })), ...own];
  return [...new Map(all.map((entry) => [JSON.stringify(entry), entry])).values()];
}

/** What only a person can do: per container once, whatever number of checks ask for it; and every failing check without a goal. */
function byHand(failing: readonly Item[], answered: readonly Answered[], facts: Partial<Facts>): Plan['byHand'] {
  const groups = Map.groupBy(
    failing.flatMap(({ check, evidence: { goal } }) => (goal?.kind === 'container-option' ? [{ check, goal }] : [])),
    ({ goal }) => goal.id,
  );
  const recreated = [...groups].flatMap(([id, items]) => {
    const container = facts.containers?.containers.find((candidate) => candidate.Id === id);
    if (container === undefined) return [];
    const steps = recreateSteps(
      container,
      items.map(({ goal }) => goal.options),
      facts,
    );
    return [{ check: items.map(({ check }) => check.id).join(', '), resource: `container ${containerName(container)}`, steps: [...steps] }];
  });
  const told = failing
    .filter(({ evidence }) => evidence.goal === undefined)
    .map(({ check, evidence: { resource } }) => ({ check: check.id, resource, steps: [check.fix] }));
  const stepped = answered.flatMap(({ check, evidence: { resource }, answer: given }) =>
    'steps' in given ? [{ check: check.id, resource, steps: [...given.steps] }] : [],
  );
  return [...stepped, ...told, ...recreated];
}
