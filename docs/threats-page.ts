/** docs/threats.md: every threat, and how the order of `hullguard threats` comes about. The numbers are those of the code. */
import { circumstances } from '../agent/exposure.ts';
import { easeByHand, easeByProgram, severityPoints } from '../agent/priorities.ts';
import { capital } from '../agent/reporters/layout.ts';
import { sectionOf } from '../agent/scan.ts';
import { crosswalk, currentBenchmark } from '../checks/benchmark.ts';
import { strideNames, strides, surfaces } from '../checks/check.ts';
import { checks } from '../checks/index.ts';
import { threats } from '../checks/threats.ts';

export function threatsPage(): string {
  const open = threats.filter((threat) => threat.checks.length === 0).length;
  return `# Threats

What can go wrong on each attack surface, by the letters of STRIDE (${strides.map((letter) => `${letter} ${strideNames[letter]}`).join(', ')}), the checks that mitigate it, and
what stays uncovered. \`hullguard threats\` tells how that is on a host, and what to mend first. ${threats.length} threats, ${open} of them mitigated by no check today.

A threat is **open** where one of its checks fails, waived or not; **guarded** where all that could be judged pass, or there is nothing to attack; **unknown**
where nothing could be judged; **uncovered** where it has no check.

${ORDER}

${circumstanceTable()}

${EXAMPLE}

${SITE}

${surfaces.map(surfaceSection).join('\n')}`;
}

const ORDER = `## What to mend first

Failing checks that are not waived, by \`score = severity × exposure × ease × weight\`; of equal scores the more severe goes first, then the order of the
report. All of it is read from the report, so a report of another host or of last year does as well.

| part | is |
|---|---|
| severity | ${entries(severityPoints)} |
| exposure | the product of the circumstances below, at the worst place that fails; 1 where none holds |
| ease | where \`hullguard apply\` does it: ${eases(easeByProgram)}; by hand: ${eases(easeByHand)} |
| weight | the largest among the threats that the check mitigates; 1 unless the configuration says otherwise |`;

function entries(table: Readonly<Record<string, number>>): string {
  return Object.entries(table)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function eases(table: typeof easeByHand): string {
  return entries(Object.fromEntries(Object.entries(table).map(([impact, { factor }]) => [impact, factor])));
}

function circumstanceTable(): string {
  return `| exposure | circumstance |\n|---|---|\n${circumstances.map(({ factor, counts }) => `| × ${factor} | ${counts} |`).join('\n')}`;
}

const EXAMPLE = `### One score, worked out

dockerd answers on \`tcp://127.0.0.1:2375\` without TLS, and a container named \`proxy\` shares the network of the host. daemon/tls-authentication is critical: ${severityPoints.critical}. A
listener on loopback takes orders from every user and program of the host: × 2; \`proxy\` reaches it, too: × 1.5. A person has to make certificates and
restart dockerd: × ${easeByHand.restart.factor}. The score is ${severityPoints.critical} × 3 × ${easeByHand.restart.factor} = ${severityPoints.critical * 3 * easeByHand.restart.factor}.

A socket that every user may write to comes out the same: ${severityPoints.critical} × 2 × ${easeByProgram.none.factor} = ${severityPoints.critical * 2 * easeByProgram.none.factor}, less exposed and mended in a second. A running privileged container has
${severityPoints.critical} × 1.5 × ${easeByHand.recreate.factor} = ${Number((severityPoints.critical * 1.5 * easeByHand.recreate.factor).toFixed(3))}; stopped, ${severityPoints.critical} × 0.5 × ${easeByHand.recreate.factor} = ${severityPoints.critical * 0.5 * easeByHand.recreate.factor}.`;

const SITE = `## What a site may say

\`threats.weights\` in the [configuration](configuration.md) says how much threats matter, by id or glob; of several patterns that fit, the last counts. \`threats.add\` tells of
threats that only the site knows. A check whose threats all weigh 0 is never among the first.

\`\`\`yaml
threats:
  weights:
    container/*: 1.5
    daemon/spoofing-tcp: 3
  add:
    - id: site/stolen-backup
      surface: host
      stride: I
      threat: A backup of the volumes is stolen from the depot.
      checks: [host/separate-partition]
      uncovered: Whether the backup is encrypted.
\`\`\``;

function surfaceSection(surface: string): string {
  const ours = threats.filter((threat) => threat.surface === surface);
  const rows = ours.map(
    ({ id, stride, threat, checks: named, uncovered }) =>
      `| ${stride} | **${id}**: ${threat} | ${named.map(link).join(', ') || 'none'} | ${uncovered ?? ''} |`,
  );
  return `## ${capital(surface)}\n\n| | threat | checks | uncovered |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

function link(id: string): string {
  const check = checks.find((each) => each.id === id);
  const section = check && sectionOf(check, crosswalk.get(id)?.[currentBenchmark]?.number ?? null);
  return `[${id}](controls/${section}.md#${id.replace('/', '')})`;
}
