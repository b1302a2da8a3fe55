import { type Check, defineCheck, manual, review } from '../check.ts';

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
  fix: 'Upgrade the engine, containerd and runc to releases that still get fixes.',
  impact: 'restart',
  needs: ['engine'],
  judge({ engine }) {
    const parts = [{ Name: 'Engine', Version: engine.version.Version }, ...engine.version.Components].filter(({ Name }) =>
      ['Engine', 'containerd', 'runc'].includes(Name),
    );
    const versions = [...new Set(parts.map(({ Name, Version }) => `${Name} ${Version}`))].join(', ');
    const base = {
      resource: 'engine',
      expected: 'a maintained release line without known high or critical flaws',
      source: 'docker version',
    };
    return [{ ...base, ...review(`${versions}: compare with the advisories of your supplier`) }];
  },
});

export const general: readonly Check[] = [hardened, versionCurrent];
