/** The report as rows, one for each piece of evidence: what formats of lists and of results per resource are made from. */
import { sha256 } from '../../facts/digest.ts';
import type { Report, ReportedFinding } from '../report.ts';
import { decisiveOutcome } from '../scan.ts';

type Entry = ReportedFinding['evidence'][number];

export interface Row extends Entry {
  readonly finding: ReportedFinding;
  /** What the waiver that covers it says; null where none does. */
  readonly accepted: string | null;
  /** Equal in every report of this host, whatever else is in it: it depends on the host, the check and the resource, not on what was seen. */
  readonly fingerprint: string;
}

/** In the order of the report. A finding without evidence is one row, of the host itself, with its reason as what was seen. */
export function rowsOf(report: Report): Row[] {
  const { hostname } = report.host;
  const waivers = new Map(report.waivers.map((waiver) => [waiver.id, waiver]));
  return report.findings.flatMap((finding) => {
    const entries = finding.evidence.length > 0 ? finding.evidence : [withoutEvidence(finding)];
    const times = new Map<string, number>();
    for (const { resource } of entries) times.set(resource, (times.get(resource) ?? 0) + 1);
    return entries.map((entry) => {
      const { resource, expected, source, waiver } = entry;
      // Of one resource a check may say several things: then what is expected of it tells them apart.
      const twice = times.get(resource) === 1 ? [] : [expected, source];
      return {
        ...entry,
        finding,
        accepted: waiver === undefined ? null : acceptedText(waiver, waivers.get(waiver)),
        fingerprint: fingerprint([hostname, finding.check, resource, ...twice]),
      };
    });
  });
}

function withoutEvidence({ status, reason }: ReportedFinding): Entry {
  return { resource: 'host', expected: '', actual: reason ?? '', outcome: decisiveOutcome(status), source: '' };
}

function fingerprint(parts: readonly string[]): string {
  return sha256(JSON.stringify(parts)).slice(0, 32);
}

/** `container web: Privileged=true (expected: Privileged=false)`, and who has accepted it. */
export function rowText({ resource, actual, expected, accepted }: Row): string {
  const wanted = expected === '' ? '' : ` (expected: ${expected})`;
  return `${resource}: ${actual}${wanted}${accepted === null ? '' : ` [${accepted}]`}`;
}

/** What a piece of evidence is accepted by: its waiver in words, or the waiver's id where the report has no more of it. */
export function acceptedText(id: string, waiver: Report['waivers'][number] | undefined): string {
  return waiver === undefined ? `accepted by waiver ${id}` : waiverText(waiver);
}

/** `accepted by the web team until 2027-01-31: legacy client` */
export function waiverText({ reason, owner, expires }: Pick<Report['waivers'][number], 'reason' | 'owner' | 'expires'>): string {
  return `accepted by ${owner} until ${expires}: ${reason}`;
}

/** `attested by anna on 2026-11-21, until 2027-11-21: reviewed` */
export function attestationText({ statement, by, at, expires }: NonNullable<ReportedFinding['attestation']>): string {
  return `attested by ${by} on ${at.slice(0, 10)}, until ${expires}: ${statement}`;
}
