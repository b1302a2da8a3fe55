import type { Policy } from '../../facts/policy.ts';
import { type Check, defineCheck, type Evidence, manual, passIf, review, type Verdict } from '../check.ts';

const hardened = manual({
  id: 'host/hardened',
  title: 'The host follows a hardening baseline of its operating system',
  severity: 'high',
  stride: ['E'],
  surface: 'host',
  rationale: 'A weak host defeats every control that a container runtime can offer.',
  fix: 'Harden the operating system by a published baseline and attest it.',
  impact: 'reboot',
  procedure: 'a dated result of an operating system benchmark',
});

const versionCurrent = defineCheck({
  id: 'host/docker-version-current',
  title: 'The Docker release still gets security fixes',
  severity: 'high',
  stride: ['E', 'D'],
  surface: 'host',
  rationale: 'Published flaws of the engine, containerd and runc let containers escape or crash the daemon.',
  fix: 'Upgrade the engine, containerd and runc to releases that still get fixes; say in policy.minimumVersions which those are.',
  impact: 'restart',
  needs: ['engine', 'policy'],
  judge({ engine, policy: { minimumVersions } }) {
    const parts = [{ Name: 'Engine', Version: engine.version.Version }, ...engine.version.Components].filter(({ Name }) =>
      ['Engine', 'containerd', 'runc'].includes(Name),
    );
    const base = {
      resource: 'engine',
      expected: 'a maintained release line without known high or critical flaws',
      source: 'docker version',
    };
    const unruled = parts.filter(({ Name }) => minimumOf(Name, minimumVersions) === undefined);
    const versions = [...new Set(unruled.map(({ Name, Version }) => `${Name} ${Version}`))].join(', ');
    return [
      ...parts.flatMap(({ Name, Version }): Evidence[] => {
        const least = minimumOf(Name, minimumVersions);
        if (least === undefined) return [];
        const about = { ...base, resource: Name.toLowerCase(), expected: `${least} or later (policy.minimumVersions)` };
        return [{ ...about, ...judgeVersion(Version, least) }];
      }),
      ...(versions === '' ? [] : [{ ...base, ...review(`${versions}: compare with the advisories of your supplier`) }]),
    ];
  },
});

function minimumOf(name: string, minimum: Policy['minimumVersions']): string | undefined {
  return Object.entries(minimum).find(([key]) => key === name.toLowerCase())?.[1];
}

/** `26.1.5+dfsg1` and `v1.7.24~ds1` are 26.1.5 and 1.7.24; `28.0.0-rc.1` comes before 28.0.0. */
function judgeVersion(version: string, least: string): Verdict {
  const [, digits, early] = /^v?(\d+(?:\.\d+)*)([-~](?:rc|beta|alpha|dev))?/.exec(version) ?? [];
  if (digits === undefined) return review(`${version}: no version that can be compared`);
  const [have, want] = [digits, least].map((text) => text.split('.').map(Number));
  const differing = [0, 1, 2].map((index) => (have?.[index] ?? 0) - (want?.[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
  return passIf(differing > 0 || (differing === 0 && early === undefined), version);
}

export const general: readonly Check[] = [hardened, versionCurrent];
