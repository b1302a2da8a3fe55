/** How exposed a failing check leaves this host, told from the other findings of the report alone. Pure. */
import type { Report, ReportedFinding } from './report.ts';

export interface Exposure {
  /** 1 where nothing on this host makes it better or worse. */
  readonly factor: number;
  readonly why: readonly string[];
}

type Evidence = ReportedFinding['evidence'][number];

interface Case {
  readonly finding: ReportedFinding;
  readonly evidence: Evidence;
  readonly others: Others;
}

/** A circumstance that counts. */
export interface Circumstance {
  readonly factor: number;
  /** For docs/threats.md. */
  readonly counts: string;
  /** What is so here; null where it does not hold. */
  readonly holds: (instance: Case) => string | null;
}

/** Checks that tell a container through which an intruder has the host. */
const WAYS_OUT = [
  'container/no-privileged',
  'container/no-docker-socket',
  'container/no-sensitive-host-mounts',
  'container/no-host-devices',
  'container/no-host-pid',
  'community/no-cap-sys-admin',
  'community/no-cap-sys-module',
];
/** Checks that tell how somebody gets into a container. */
const WAYS_IN = ['container/bind-specific-interface', 'container/only-needed-ports', 'container/no-host-network', 'container/no-sshd'];

/** A setting of dockerd → the check that tells whether a container feels it, and how. */
const FELT: Readonly<Record<string, readonly [check: string, how: string]>> = {
  'daemon/icc-disabled': ['container/no-default-bridge', 'share the default bridge'],
  'daemon/seccomp-profile': ['container/seccomp-not-disabled', 'run without a filter'],
  'daemon/no-new-privileges': ['container/no-new-privileges', 'can gain privileges'],
  'daemon/userns-remap': ['image/non-root-user', 'run as root'],
};

export const circumstances: readonly Circumstance[] = [
  {
    factor: 4,
    counts: 'the API answers on TCP without verified clients, on an address that is not loopback',
    holds: ({ finding, evidence: { resource } }) =>
      isApi(finding) && !isLoopback(resource) ? `${resource} takes orders from anybody who reaches this host` : null,
  },
  {
    factor: 2,
    counts: 'the API answers on TCP without verified clients, on loopback',
    holds: ({ finding, evidence: { resource } }) =>
      isApi(finding) && isLoopback(resource) ? `${resource} takes orders from every user and program of this host` : null,
  },
  {
    factor: 1.5,
    counts: 'and containers share the network of the host, so reach that loopback address',
    holds: ({ finding, evidence, others }) => {
      const inside = isApi(finding) && isLoopback(evidence.resource) ? others.failingIn('container/no-host-network') : [];
      return inside.length === 0 ? null : `${some(inside)} on the network of the host can reach it, too`;
    },
  },
  {
    factor: 2,
    counts: 'no plugin decides who may do what, and the API answers on TCP without verified clients',
    holds: ({ finding, others }) =>
      finding.check === 'daemon/authorization-plugin' && others.fails('daemon/tls-authentication')
        ? 'the API answers on TCP without verified clients'
        : null,
  },
  {
    factor: 2,
    counts: 'everybody on the host may write to the file, or replace it; or read a key',
    holds: ({ finding, evidence }) => (finding.check.startsWith('files/') ? openToAll(evidence) : null),
  },
  {
    factor: 1.5,
    counts: 'the container that fails is reachable: it publishes ports on all addresses, or shares the network of the host',
    holds: ({ finding, evidence: { resource }, others }) => {
      if (finding.surface !== 'container' || WAYS_IN.includes(finding.check)) return null;
      if (others.failsIn('container/bind-specific-interface', resource)) return `${resource} publishes ports on all addresses`;
      return others.failsIn('container/no-host-network', resource) ? `${resource} shares the network of the host` : null;
    },
  },
  {
    factor: 1.5,
    counts: 'the container that is reachable has a way to the host: privileged, with a socket of the engine, with its files or devices',
    holds: ({ finding, evidence: { resource }, others }) => {
      const way = WAYS_IN.includes(finding.check) && WAYS_OUT.find((check) => others.failsIn(check, resource));
      return way ? `${resource} has a way to the host (${way})` : null;
    },
  },
  {
    factor: 1.5,
    counts: 'a running container has a way to the host in its hands, and the check tells of it',
    holds: ({ finding, evidence }) =>
      WAYS_OUT.includes(finding.check) && isRunning(evidence) ? `${evidence.resource} runs with it (${evidence.actual})` : null,
  },
  {
    factor: 1.5,
    counts: 'SYS_PTRACE in a container that sees the processes of the host',
    holds: ({ finding, evidence: { resource }, others }) =>
      finding.check === 'community/no-cap-sys-ptrace' && others.failsIn('container/no-host-pid', resource)
        ? `${resource} can change the memory of processes of the host`
        : null,
  },
  {
    factor: 1.5,
    counts: 'a default of dockerd that running containers feel: they share the bridge, have no filter, can gain privileges, run as root',
    holds: ({ finding, others }) => {
      const [check = '', how = ''] = FELT[finding.check] ?? [];
      const running = others.runningIn(check);
      return running.length === 0 ? null : `${some(running)} ${how}`;
    },
  },
  {
    factor: 0.5,
    counts: 'a default of dockerd that no container feels: none fails the check that would tell',
    holds: ({ finding, others }) => {
      const [check = '', how = ''] = FELT[finding.check] ?? [];
      return others.settled(check) ? `no containers ${how}` : null;
    },
  },
  {
    factor: 0.5,
    counts: 'root in containers is nobody on the host: user namespaces are on, or the engine is rootless, and the container is in them',
    holds: ({ finding, evidence: { resource }, others }) => {
      const remapped = others.passes('daemon/userns-remap') || others.rootless;
      const concerns = finding.stride.includes('E') && ['container', 'image'].includes(finding.surface);
      const outside = ['container/no-docker-socket', 'container/no-host-userns'].includes(finding.check);
      return remapped && concerns && !outside && !others.failsIn('container/no-host-userns', resource)
        ? 'root in containers is an unprivileged user of the host'
        : null;
    },
  },
  {
    factor: 0.25,
    counts: 'it fails because the container is privileged, which is a finding of its own',
    holds: ({ finding, evidence: { resource, actual } }) =>
      finding.check !== 'container/no-privileged' && actual.startsWith('privileged:')
        ? `follows from container/no-privileged (${resource})`
        : null,
  },
  {
    factor: 0.5,
    counts: 'the container does not run',
    holds: ({ evidence }) => (isRunning(evidence) ? null : `${evidence.resource} does not run`),
  },
];

/** The product of all circumstances that hold for what fails, at its worst place. */
export function exposureOf(finding: ReportedFinding, others: Others): Exposure {
  const places = failuresOf(finding).map((evidence) => {
    const held = circumstances.flatMap(({ factor, holds }) => {
      const why = holds({ finding, evidence, others });
      return why === null ? [] : [{ factor, why }];
    });
    // Where nothing on this host weighs on it, it speaks for itself.
    const why = held.length === 0 ? [`${evidence.resource}: ${evidence.actual}`] : held.map(({ why: sentence }) => sentence);
    return { factor: held.reduce((product, { factor }) => product * factor, 1), why };
  });
  return places.reduce((worst, place) => (place.factor > worst.factor ? place : worst), places[0] ?? { factor: 1, why: [] });
}

/** What the other findings say. Made once a report: each of some thousand containers is looked up in it many times. */
export class Others {
  readonly rootless: boolean;
  readonly #findings: ReadonlyMap<string, Told>;

  constructor({ host, findings }: Report) {
    this.rootless = host.engine?.rootless ?? false;
    this.#findings = new Map(findings.map((finding) => [finding.check, told(finding)]));
  }

  fails(check: string): boolean {
    return this.#findings.get(check)?.status === 'fail';
  }

  passes(check: string): boolean {
    return this.#findings.get(check)?.status === 'pass';
  }

  /** It was judged, and nothing fails. */
  settled(check: string): boolean {
    return this.passes(check) || this.#findings.get(check)?.status === 'not-applicable';
  }

  /** What a check fails for, waived or not: a waiver changes nothing about the danger to others. */
  failingIn(check: string): readonly string[] {
    return this.#findings.get(check)?.failing ?? [];
  }

  runningIn(check: string): readonly string[] {
    return this.#findings.get(check)?.running ?? [];
  }

  failsIn(check: string, resource: string): boolean {
    return this.#findings.get(check)?.resources.has(resource) ?? false;
  }
}

interface Told {
  readonly status: ReportedFinding['status'];
  readonly failing: readonly string[];
  readonly running: readonly string[];
  /** The failing ones, to be looked up. */
  readonly resources: ReadonlySet<string>;
}

function told({ status, evidence }: ReportedFinding): Told {
  const failures = evidence.filter(({ outcome }) => outcome === 'fail');
  const failing = failures.map(({ resource }) => resource);
  return { status, failing, running: failures.filter(isRunning).map(({ resource }) => resource), resources: new Set(failing) };
}

function failuresOf({ evidence }: ReportedFinding): Evidence[] {
  return evidence.filter(({ outcome, waiver }) => outcome === 'fail' && waiver === undefined);
}

function isApi({ check }: ReportedFinding): boolean {
  return check === 'daemon/tls-authentication';
}

function isLoopback(listener: string): boolean {
  return /(?<![\w.-])(127\.\d+\.\d+\.\d+|localhost)(?![\w.-])|\[::1\]/.test(listener);
}

/** Evidence of a container that does not run says so, whatever the check. */
function isRunning({ resource, actual }: Evidence): boolean {
  return !resource.startsWith('container ') || !/ \(container is [\w ]+\)$/.test(actual);
}

/** Tells from the mode in the evidence of a file. */
function openToAll({ resource, expected, actual }: Evidence): string | null {
  const others = Number.parseInt(/^[0-7]?[0-7]{2}([0-7])\b/.exec(actual)?.[1] ?? '0', 8);
  if ((others & 0o2) !== 0) return `every user of this host may write to ${resource}`;
  if (/\bmay replace it\b/.test(actual)) return `others may replace ${resource}`;
  return (others & 0o4) !== 0 && expected.startsWith('0400') ? `every user of this host may read ${resource}` : null;
}

/** `container a, container b and 3 more`. */
function some(resources: readonly string[]): string {
  const more = resources.length > 2 ? ` and ${resources.length - 2} more` : '';
  return resources.slice(0, 2).join(', ') + more;
}
