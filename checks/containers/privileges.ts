/** What containers may do to the kernel: privilege, capabilities, confinement. */
import type { Container } from '../../facts/containers.ts';
import { securityOption } from '../../facts/engine.ts';
import type { Policy } from '../../facts/policy.ts';
import { type ContainerOptions, fail, notApplicable, pass, passIf, review, unknown, type Verdict } from '../check.ts';
import { eachContainer } from '../families/each-container.ts';
import { rule } from './allowed.ts';

const LABEL_DISABLE = /^label[=:]disable$/;

export const noPrivileged = eachContainer({
  id: 'container/no-privileged',
  title: 'Containers run unprivileged',
  severity: 'critical',
  stride: ['E'],
  rationale: 'A privileged container is root on the host in all but name: no seccomp, no AppArmor, every device.',
  fix: 'Recreate without --privileged; add the one capability or device it needs.',
  expected: 'Privileged=false',
  judge: ({ HostConfig }) => passIf(!HostConfig.Privileged, `Privileged=${HostConfig.Privileged}`),
  recreate: ({ HostConfig: { SecurityOpt } }) => ({
    // The engine switches labels off for a privileged one, and lists that as if it had been asked to.
    HostConfig: { Privileged: false, SecurityOpt: SecurityOpt.filter((option) => !LABEL_DISABLE.test(option)) },
    advice: 'add the one capability or device that it cannot work without',
  }),
});

/** `cap_net_admin` and `CAP_NET_ADMIN` are NET_ADMIN. */
function capabilities(names: readonly string[]): string[] {
  return names.map((name) => name.toUpperCase().replace(/^CAP_/, ''));
}

export const capabilitiesRestricted = eachContainer({
  id: 'container/capabilities-restricted',
  title: 'Containers keep only the kernel capabilities they need',
  severity: 'high',
  stride: ['E'],
  rationale: 'Each capability opens kernel code to an intruder; NET_RAW alone lets one forge packets on the bridge.',
  fix: 'Recreate with --cap-drop=ALL (or at least NET_RAW) and --cap-add for what is needed; name those in policy.allowedCapabilities.',
  expected: 'no capability added beyond policy.allowedCapabilities, NET_RAW dropped',
  needs: ['policy'],
  judge(container, { policy }) {
    if (container.HostConfig.Privileged) return fail('privileged: all capabilities');
    const { added, dropped, raw } = capabilitiesOf(container, policy);
    const faults = [
      ...(added.refused.length > 0 ? [`adds ${added.refused.join(', ')}`] : []),
      ...(raw.refused.length > 0 ? ['keeps NET_RAW'] : []),
    ];
    if (faults.length > 0) return fail(faults.join('; '));
    const has = [
      ...(dropped.length > 0 ? [`drops ${dropped.join(', ')}`] : []),
      ...(added.allowed.length > 0 ? [`adds ${added.allowed.join(', ')}${added.by}`] : []),
      ...(raw.allowed.length > 0 ? [`keeps NET_RAW${raw.by}`] : []),
    ];
    return pass(has.join('; '));
  },
  recreate(container, { policy }) {
    const { CapAdd, CapDrop } = container.HostConfig;
    const { added, raw } = capabilitiesOf(container, policy);
    return {
      HostConfig: {
        Privileged: false,
        CapAdd: CapAdd.filter((name) => capabilities([name]).some((one) => added.allowed.includes(one))),
        CapDrop: raw.refused.length > 0 ? [...CapDrop, 'NET_RAW'] : CapDrop,
      },
    };
  },
});

/** What a container adds, drops, and keeps though it is worth dropping, as the policy rules on it. */
function capabilitiesOf(container: Container, policy: Policy) {
  const { CapAdd, CapDrop } = container.HostConfig;
  // ALL is not a need: a list that names it names nothing.
  const permits = (entry: string, name: string): boolean => name !== 'ALL' && capabilities([entry]).includes(name);
  const dropped = capabilities(CapDrop);
  const kept = dropped.includes('NET_RAW') || dropped.includes('ALL') ? [] : ['NET_RAW'];
  return {
    added: rule(capabilities(CapAdd), container, policy, 'allowedCapabilities', permits),
    dropped,
    raw: rule(kept, container, policy, 'allowedCapabilities', permits),
  };
}

/** A community check for one capability that amounts to control of the host. */
function withoutCapability(name: string, id: string, severity: 'high' | 'critical', rationale: string) {
  return eachContainer({
    id,
    title: `Containers do without ${name}`,
    severity,
    stride: ['E'],
    rationale,
    fix: `Recreate without ${name}.`,
    expected: `${name} not granted`,
    judge({ HostConfig }) {
      if (HostConfig.Privileged) return fail('privileged: all capabilities');
      const added = capabilities(HostConfig.CapAdd);
      if (added.includes('ALL')) return fail('adds ALL');
      return passIf(!added.includes(name), added.includes(name) ? `adds ${name}` : 'not granted');
    },
    recreate: ({ HostConfig: { CapAdd } }) => ({
      HostConfig: {
        Privileged: false,
        CapAdd: CapAdd.filter((entry) => !capabilities([entry]).some((one) => [name, 'ALL'].includes(one))),
      },
    }),
  });
}

export const dangerousCapabilities = [
  withoutCapability(
    'DAC_READ_SEARCH',
    'community/no-cap-dac-read-search',
    'high',
    'It opens any file of the host by handle, whatever is mounted.',
  ),
  withoutCapability(
    'SYS_ADMIN',
    'community/no-cap-sys-admin',
    'critical',
    'With mounts and control groups it is a known way out of the container.',
  ),
  withoutCapability('SYS_MODULE', 'community/no-cap-sys-module', 'critical', 'It loads code into the kernel of the host.'),
  withoutCapability('SYS_PTRACE', 'community/no-cap-sys-ptrace', 'high', 'It reads and changes the memory of other processes.'),
];

/** The container's security options without some, and unprivileged; undefined where it has none of them to give up. */
function withoutOption({ HostConfig: { Privileged, SecurityOpt } }: Container, unwanted: RegExp): ContainerOptions | undefined {
  const kept = SecurityOpt.filter((option) => !unwanted.test(option));
  return Privileged || kept.length < SecurityOpt.length ? { HostConfig: { Privileged: false, SecurityOpt: kept } } : undefined;
}

export const apparmorProfile = eachContainer({
  id: 'container/apparmor-profile',
  title: 'Containers are confined by an AppArmor profile',
  severity: 'medium',
  stride: ['E'],
  rationale: 'Unconfined processes reach more of the kernel’s interfaces.',
  fix: 'Recreate without --security-opt apparmor=unconfined and without --privileged.',
  expected: 'a profile, and not unconfined',
  needs: ['engine'],
  exempt: ({ engine }) =>
    securityOption(engine.info.SecurityOptions, 'apparmor') === undefined ? 'the engine runs without AppArmor' : null,
  judge({ AppArmorProfile: profile, State }) {
    if (profile === '' && State.Status === 'created') return notApplicable('never started: the profile is chosen at start');
    return passIf(profile !== '' && profile !== 'unconfined', profile === '' ? 'no profile' : profile);
  },
  recreate: (container) => withoutOption(container, /^apparmor[=:]unconfined$/),
});

export const selinuxOptions = eachContainer({
  id: 'container/selinux-options',
  title: 'Containers carry SELinux labels',
  severity: 'medium',
  stride: ['E'],
  rationale: 'Labels keep a process that left its container from the host’s files.',
  fix: 'Set "selinux-enabled": true in daemon.json, and recreate without --security-opt label=disable.',
  expected: 'process and mount labels',
  needs: ['system'],
  exempt: ({ system }) => (system.selinux === false ? 'SELinux is not enabled on this host' : null),
  judge({ ProcessLabel, MountLabel, HostConfig, State }, { system }) {
    if (system.selinux === null) return unknown('whether SELinux is on cannot be seen from here');
    if (HostConfig.SecurityOpt.some((option) => LABEL_DISABLE.test(option))) return fail('label=disable');
    if (ProcessLabel === '' && State.Status === 'created') return notApplicable('never started: labels are given at start');
    if (ProcessLabel === '' || MountLabel === '') return fail(ProcessLabel === '' ? 'no process label' : 'no mount label');
    return pass(ProcessLabel);
  },
  recreate: (container) => withoutOption(container, LABEL_DISABLE),
});

function ownProfile({ HostConfig }: Container): string | undefined {
  return HostConfig.SecurityOpt.findLast((option) => /^seccomp[=:]/.test(option));
}

const NO_FILTER = /^seccomp[=:](unconfined|\(profile that forbids nothing\))$/;

export const seccompNotDisabled = eachContainer({
  id: 'container/seccomp-not-disabled',
  title: 'Containers run under a seccomp profile',
  severity: 'high',
  stride: ['E'],
  rationale: 'Without it every system call is open to attack.',
  fix: 'Recreate without --security-opt seccomp=unconfined and without --privileged, or with a profile of its own; name its digest in policy.seccompProfiles.',
  expected: 'a seccomp profile',
  needs: ['daemon', 'policy'],
  judge(container, { daemon, policy }) {
    const { Privileged } = container.HostConfig;
    const own = ownProfile(container);
    if (own !== undefined && NO_FILTER.test(own)) return fail(own);
    if (container.Kernel?.seccomp === 0) return fail(Privileged ? 'privileged: no filter' : 'no filter in force');
    if (own === undefined && Privileged) return fail('privileged: no filter');
    if (own === undefined && daemon.settings['seccomp-profile']?.value === 'unconfined') return fail('the daemon’s default is unconfined');
    const digests = policy.seccompProfiles.filter((entry) => entry.startsWith('sha256:'));
    const digest = / (sha256:\w+)\)$/.exec(own ?? '')?.[1];
    if (digest === undefined || digests.length === 0) return pass(own ?? 'the daemon’s default profile');
    return digests.includes(digest) ? pass(`${own} (by policy.seccompProfiles)`) : fail(`${own}: not one of policy.seccompProfiles`);
  },
  recreate: (container) =>
    withoutOption(container, NO_FILTER) ??
    (ownProfile(container)?.includes('sha256:') ? { advice: 'use a profile whose digest policy.seccompProfiles names' } : undefined),
});

const NEW_PRIVILEGES = /^no-new-privileges([=:]|$)/;

/** `no-new-privileges`, `:true`, `=1` …; undefined when the container says nothing. */
function newPrivilegesOption({ HostConfig }: Container): boolean | undefined {
  const option = HostConfig.SecurityOpt.findLast((entry) => NEW_PRIVILEGES.test(entry));
  if (option === undefined) return undefined;
  return !/[=:](false|False|FALSE|f|F|0)$/.test(option);
}

/** The same words before and after a start, which changes nothing of it. */
function notInForce(asked: boolean | undefined, byDefault: boolean): string {
  if (asked === false) return 'no-new-privileges=false (switched off for it)';
  if (asked === undefined) return byDefault ? 'not in force (older than the daemon’s default)' : 'not set';
  return 'not in force';
}

export const noNewPrivileges = eachContainer({
  id: 'container/no-new-privileges',
  title: 'Containers cannot gain new privileges',
  severity: 'medium',
  stride: ['E'],
  rationale: 'A setuid program gives an intruder root inside the container.',
  fix: 'Recreate with --security-opt no-new-privileges; programs such as sudo then no longer work in it.',
  expected: 'no-new-privileges',
  needs: ['daemon'],
  judge(container, { daemon }): Verdict {
    const asked = newPrivilegesOption(container);
    const byDefault = daemon.settings['no-new-privileges']?.value === true;
    // The kernel knows what a running process got; the daemon's default counts only for containers made after it was set.
    if (container.Kernel !== null) {
      if (!container.Kernel.noNewPrivileges) return fail(notInForce(asked, byDefault));
      if (asked === false) return fail('switched off for it; its first process alone has given them up');
      // A program can give up privileges by itself, and what is started beside it has them.
      return asked || byDefault ? pass('in force (NoNewPrivs: 1)') : review('in force for its first process, though nobody asked for it');
    }
    if (asked !== undefined) return passIf(asked, asked ? 'no-new-privileges' : notInForce(asked, byDefault));
    if (!byDefault) return fail(notInForce(asked, byDefault));
    // The default is stamped on a container when it is created, and changes only when dockerd starts.
    const sure = daemon.process !== null && Date.parse(container.Created) > daemon.process.startedAt;
    return sure ? pass('by the daemon’s default') : review('by the daemon’s default, unless the container is older than that');
  },
  recreate: ({ HostConfig: { SecurityOpt } }) => ({
    HostConfig: { SecurityOpt: [...SecurityOpt.filter((option) => !NEW_PRIVILEGES.test(option)), 'no-new-privileges'] },
    advice: 'programs that become another user by setuid, such as sudo, su and ping, no longer work in it',
  }),
});

export const readOnlyRootfs = eachContainer({
  id: 'container/read-only-rootfs',
  title: 'Containers have a read-only root file system',
  severity: 'low',
  stride: ['T'],
  rationale: 'What an intruder writes into a writable root stays, and runs again.',
  fix: 'Recreate with --read-only, and --tmpfs or volumes for the paths it writes to.',
  expected: 'ReadonlyRootfs=true',
  judge: ({ HostConfig }) => passIf(HostConfig.ReadonlyRootfs, `ReadonlyRootfs=${HostConfig.ReadonlyRootfs}`),
  recreate: () => ({
    HostConfig: { ReadonlyRootfs: true },
    advice: 'docker diff NAME lists what it has written so far: give each of these paths a --tmpfs PATH or a volume',
  }),
});
