/** Waivers mark what fails, attestations answer what only a person can; neither changes a status. Pure. */
import type { Check, Evidence, Outcome, Subject } from '../checks/check.ts';
import { containerName } from '../checks/families/each-container.ts';
import type { Container } from '../facts/containers.ts';
import type { FactName, Facts } from '../facts/index.ts';
import { HIDDEN, LONGEST_LABEL } from '../facts/schema.ts';
import type { WaiverState } from './choices.ts';
import { type Attestation, type Decisions, isExpired, selectorOf, type Waiver } from './decisions.ts';
import { type Configuration, changedParts, configurationOf } from './fingerprint.ts';
import { fits } from './globs.ts';
import type { Finding } from './scan.ts';

/** A finding, and what was decided about it. */
export interface Decided extends Omit<Finding, 'evidence'> {
  /** `waiver`: the id of the one that covers it. */
  readonly evidence: readonly (Evidence & { readonly waiver?: string })[];
  /** Where waivers cover all that fails, and nothing of it is unknown: the one that expires first. */
  readonly waiver: Pick<Waiver, 'id' | 'reason' | 'owner' | 'expires'> | null;
  readonly attestation: Pick<Attestation, 'statement' | 'by' | 'at' | 'expires'> | null;
}

/** What has become of a waiver here. */
export interface WaiverSeen {
  readonly waiver: Waiver;
  readonly state: WaiverState;
  /** What more there is to say of that. */
  readonly note: string | null;
}

/** Applies decisions to findings. Waivers of checks that are not among them are left out: of those nothing is known. */
export function decide(
  findings: readonly Finding[],
  { waivers, attestations }: Decisions,
  facts: Partial<Facts>,
  at: number,
): { readonly findings: Decided[]; readonly waivers: WaiverSeen[] } {
  const scope = scopeOf(facts);
  const seen: WaiverSeen[] = [];
  const decided = findings.map((finding) => {
    const weighed = waivers.filter(({ check }) => check === finding.check.id).map((waiver) => weigh(waiver, finding, scope, at));
    seen.push(...weighed);
    const answers = attestations.filter(({ check }) => check === finding.check.id);
    return { ...finding, ...coverage(finding, weighed), ...(finding.status === 'manual' ? answer(finding, answers, at) : UNANSWERED) };
  });
  return { findings: decided, waivers: waivers.flatMap((waiver) => seen.find((each) => each.waiver === waiver) ?? []) };
}

/** A fresh waiver as it would be kept: bound to what the containers are that it covers now. `covers`: that evidence. */
export function grant(
  waiver: Waiver,
  finding: Finding,
  facts: Partial<Facts>,
): { readonly waiver: Waiver; readonly covers: readonly Evidence[] } {
  const scope = scopeOf(facts);
  const covers = finding.evidence.filter((entry) => entry.outcome === 'fail' && selects(waiver, entry.subject, scope));
  const configurations = new Map(
    covers.flatMap(({ subject }) => {
      const container = containerOf(subject, scope);
      const configuration = container && configurationOf(container, scope.containers);
      return configuration === undefined ? [] : [[JSON.stringify(configuration), { ...configuration }] as const];
    }),
  );
  const bound = selectorOf(waiver) !== null && configurations.size > 0;
  return { waiver: { ...waiver, ...(bound && { configurations: [...configurations.values()] }) }, covers };
}

/** Facts that waivers of these checks are compared with, beside those of the checks themselves. */
export function waiverNeeds({ waivers }: Decisions, checks: readonly Pick<Check, 'id'>[]): FactName[] {
  return waivers.some(({ check, image }) => image !== undefined && checks.some(({ id }) => id === check)) ? ['images'] : [];
}

/** What selectors are compared with. */
interface Scope {
  readonly containers: ReadonlyMap<string, Container>;
  /** The ids of an image, and its digests in registries. */
  readonly digests: ReadonlyMap<string, readonly string[]>;
}

function scopeOf({ containers, images }: Partial<Facts>): Scope {
  return {
    containers: new Map((containers?.containers ?? []).map((container) => [container.Id, container])),
    digests: new Map(
      (images?.images ?? []).map(({ Id, RepoDigests }) => [Id, RepoDigests.map((name) => name.slice(name.indexOf('@') + 1))]),
    ),
  };
}

type Weighed = WaiverSeen & { readonly covered: ReadonlySet<Evidence> };

function weigh(waiver: Waiver, { status, evidence, reason }: Finding, scope: Scope, at: number): Weighed {
  const told = (state: WaiverState, note: string | null, covered: readonly Evidence[] = []): Weighed => {
    return { waiver, state, note, covered: new Set(covered) };
  };
  const selected = evidence.filter(({ subject }) => selects(waiver, subject, scope));
  const failing = selected.filter(({ outcome }) => outcome === 'fail');
  const needed = failing.length > 0 ? 'what it covered fails' : 'nothing that it covered fails: remove it';
  if (isExpired(waiver, at)) return told('expired', needed);
  if (evidence.length === 0) return told('unmatched', reason ?? `its check is ${status}`);
  if (selected.length === 0) return told('unmatched', null);
  if (failing.length === 0) return told('unneeded', null);
  const changed = failing.flatMap((entry) => {
    const how = changeOf(waiver, entry, scope);
    return how === null ? [] : [{ entry, how: `${entry.resource} is not what it was: ${how}` }];
  });
  if (changed.length === 0) return told('active', null, failing);
  const notes = [...new Set(changed.map(({ how }) => how))].join('; ');
  return told(
    'reopened',
    `since it was granted, ${notes}`,
    failing.filter((entry) => !changed.some((each) => each.entry === entry)),
  );
}

/** How the container differs from all that the waiver was granted for; null where it does not, or the waiver does not ask. */
function changeOf({ configurations }: Waiver, { subject }: Evidence, scope: Scope): string | null {
  const container = containerOf(subject, scope);
  if (configurations === undefined || container === undefined) return null;
  const now = configurationOf(container, scope.containers);
  const [nearest = []] = configurations
    .map((before: Configuration) => changedParts(before, now))
    .toSorted((left, right) => left.length - right.length);
  return nearest.length === 0 ? null : nearest.join(', ');
}

function containerOf(subject: Subject | undefined, { containers }: Scope): Container | undefined {
  return subject && 'container' in subject ? containers.get(subject.container) : undefined;
}

/** Whether the waiver is about this resource. What cannot be said for certain is not. */
function selects(waiver: Waiver, subject: Subject | undefined, scope: Scope): boolean {
  if (selectorOf(waiver) === null) return true;
  const container = containerOf(subject, scope);
  if (waiver.container !== undefined) return container !== undefined && fits(waiver.container, containerName(container));
  if (waiver.label !== undefined) return container !== undefined && hasLabel(container, waiver.label);
  if (waiver.path !== undefined) return subject !== undefined && 'path' in subject && fitsPath(waiver.path, subject.path);
  const image = subject && 'image' in subject ? subject.image : container?.Image;
  return image !== undefined && [image, ...(scope.digests.get(image) ?? [])].includes(waiver.image ?? '');
}

/** A value that is hidden, or was cut, is not known. */
function hasLabel({ Config: { Labels } }: Container, label: string): boolean {
  const key = label.slice(0, label.indexOf('='));
  const value = Object.hasOwn(Labels, key) ? Labels[key] : undefined;
  return value !== undefined && value !== HIDDEN && value.length < LONGEST_LABEL && fits(label.slice(key.length + 1), value);
}

function fitsPath(pattern: string, path: string): boolean {
  const [wanted, names] = [pattern.split('/'), path.split('/')];
  return wanted.length === names.length && wanted.every((part, index) => fits(part, names[index] ?? ''));
}

/** Of several that cover one thing, the one that lasts longest counts. */
function coverage({ status, evidence }: Finding, weighed: readonly Weighed[]): Pick<Decided, 'evidence' | 'waiver'> {
  if (weighed.length === 0) return { evidence, waiver: null };
  const byExpiry = weighed.toSorted((left, right) => (left.waiver.expires < right.waiver.expires ? -1 : 1));
  const covers = evidence.map((entry) => byExpiry.findLast(({ covered }) => covered.has(entry))?.waiver);
  const isOpen = (outcome: Outcome, cover: Waiver | undefined): boolean =>
    outcome === 'error' || (outcome === 'fail' && cover === undefined);
  const whole = status === 'fail' && !evidence.some(({ outcome }, index) => isOpen(outcome, covers[index]));
  const first = byExpiry.find(({ waiver }) => covers.includes(waiver))?.waiver;
  return {
    evidence: evidence.map((entry, index) => (covers[index] === undefined ? entry : { ...entry, waiver: covers[index].id })),
    waiver: whole && first ? { id: first.id, reason: first.reason, owner: first.owner, expires: first.expires } : null,
  };
}

const UNANSWERED = { attestation: null } as const;

/** The one that lasts longest of those that count; where none does, why. */
function answer(
  { reason }: Finding,
  attestations: readonly Attestation[],
  time: number,
): Pick<Decided, 'attestation'> & Partial<Pick<Decided, 'reason'>> {
  const byExpiry = attestations.toSorted((left, right) => (left.expires < right.expires ? -1 : 1));
  const valid = byExpiry.findLast((each) => !isExpired(each, time) && each.problem === undefined);
  if (valid !== undefined) {
    const { statement, by, at, expires } = valid;
    return { attestation: { statement, by, at, expires } };
  }
  const last = byExpiry.at(-1);
  if (last === undefined) return UNANSWERED;
  const why = isExpired(last, time) ? `${last.expires} was its last day` : last.problem;
  return { ...UNANSWERED, reason: [reason, `the attestation of ${last.by} no longer counts: ${why}`].filter(Boolean).join('; ') };
}

/** The label by which a container may name its waiver. */
const LABEL = 'hullguard.waiver';

/** Containers whose label names a waiver that there is not: it grants them nothing. */
export function danglingLabels({ containers }: Partial<Facts>, { waivers }: Decisions): string[] {
  return (containers?.containers ?? []).flatMap((container) => {
    const value = Object.hasOwn(container.Config.Labels, LABEL) ? container.Config.Labels[LABEL] : undefined;
    const named = waivers.some(({ label = '' }) => label.startsWith(`${LABEL}=`) && hasLabel(container, label));
    return value === undefined || named
      ? []
      : [`container ${containerName(container)}: its label ${LABEL}=${value} is no waiver’s selector, so it excuses nothing`];
  });
}
