/**
 * Published flaws of dockerd, containerd and runc, by the versions their makers say are affected. Ranges are those of the CVE records
 * (github.com/CVEProject/cvelistV5) and of the release notes of the projects; where a record lists no range, of its text. Versions of Debian
 * are those of the changelogs of its packages.
 */
import type { Severity } from './check.ts';

/** What the engine calls its parts. */
export const components = ['Engine', 'containerd', 'runc'] as const;
export type Component = (typeof components)[number];

export interface Advisory {
  /** Such as `CVE-2024-21626`. */
  readonly id: string;
  readonly component: Component;
  readonly severity: Severity;
  /** What an attacker gains, in one line. */
  readonly summary: string;
  /** Upstream versions, as `>=1.0.0-rc93 <1.1.12`; several ranges are parted by `||`. */
  readonly affected: string;
  /** Codename of a Debian release → the first version of its package with the fix. */
  readonly debian?: Readonly<Record<string, string>>;
}

export interface AdvisoryTable {
  /** The day up to which advisories are in it. */
  readonly date: string;
  readonly advisories: readonly Advisory[];
}

type Row = readonly [id: string, severity: Severity, affected: string, summary: string, debian?: Readonly<Record<string, string>>];

const RUNC: readonly Row[] = [
  ['CVE-2019-5736', 'high', '<1.0.0-rc7', 'a container overwrites runc and is root of the host'],
  ['CVE-2021-30465', 'high', '<1.0.0-rc95', 'links swapped in a shared volume mount the host into a container'],
  ['CVE-2022-29162', 'medium', '<1.1.2', 'exec leaves inheritable capabilities to programs that may use them'],
  ['CVE-2023-25809', 'medium', '<1.1.5', 'a rootless container may write to the cgroups of its user'],
  ['CVE-2023-27561', 'high', '>=1.0.0-rc95 <1.1.5', 'links swapped in a shared volume put a writable directory in the place of /proc'],
  ['CVE-2023-28642', 'medium', '<1.1.5', '/proc as a link takes AppArmor and SELinux out of play'],
  [
    'CVE-2024-21626',
    'high',
    '>=1.0.0-rc93 <1.1.12',
    'a file descriptor left open gives a container the files of the host',
    { bookworm: '1.1.5+ds1-1+deb12u1' },
  ],
  ['CVE-2024-45310', 'low', '<1.1.14 || >=1.2.0-rc.1 <1.2.0-rc.3', 'links swapped in a shared volume create empty files on the host'],
  [
    'CVE-2025-31133',
    'high',
    '<1.2.8 || >=1.3.0-rc.1 <1.3.3 || >=1.4.0-rc.1 <1.4.0-rc.3',
    '/dev/null swapped for a link makes files of /proc writable, and breaks out',
  ],
  [
    'CVE-2025-52565',
    'high',
    '>=1.0.0-rc3 <1.2.8 || >=1.3.0-rc.1 <1.3.3 || >=1.4.0-rc.1 <1.4.0-rc.3',
    'a terminal swapped for a link makes files of /proc writable, and breaks out',
  ],
  [
    'CVE-2025-52881',
    'high',
    '<1.2.8 || >=1.3.0-rc.1 <1.3.3 || >=1.4.0-rc.1 <1.4.0-rc.3',
    'writes to /proc are led elsewhere: a container goes unconfined, or breaks out',
  ],
  [
    'CVE-2026-41579',
    'low',
    '<1.3.6 || >=1.4.0-rc.1 <1.4.3 || >=1.5.0-rc.1 <1.5.0-rc.3',
    'an image whose /dev is a link writes a little on the host',
  ],
];

const CONTAINERD: readonly Row[] = [
  ['CVE-2020-15257', 'medium', '<1.3.9 || >=1.4.0 <1.4.3', 'a container in the network of the host commands the shims, and so the host'],
  ['CVE-2022-23648', 'high', '<1.4.13 || >=1.5.0 <1.5.10 || >=1.6.0 <1.6.1', 'an image for Kubernetes reads any file of the host'],
  ['CVE-2023-25173', 'medium', '<1.5.18 || >=1.6.0 <1.6.18', 'additional groups of a container outlive the limits of its main one'],
  [
    'CVE-2024-25621',
    'high',
    '<1.7.29 || >=2.0.0-beta.0 <2.0.7 || >=2.1.0-beta.0 <2.1.5 || >=2.2.0-beta.0 <2.2.0',
    'local users get into directories of containerd that are open too far',
    { bookworm: '1.6.20~ds1-1+deb12u2' },
  ],
  [
    'CVE-2024-40635',
    'medium',
    '<1.6.38 || >=1.7.0-beta.0 <1.7.27 || >=2.0.0-beta.0 <2.0.4',
    'an image with a user id beyond 32 bits runs as root',
    { bookworm: '1.6.20~ds1-1+deb12u2' },
  ],
];

const ENGINE: readonly Row[] = [
  ['CVE-2021-21284', 'medium', '<19.03.15 || >=20.0.0 <20.10.3', 'the remapped root of a container becomes root of the host'],
  ['CVE-2021-41091', 'medium', '<20.10.9', 'local users run and change programs below the data directory'],
  ['CVE-2022-36109', 'medium', '<20.10.18', 'additional groups of a container outlive the limits of its main one'],
  ['CVE-2023-28840', 'high', '>=1.12.0 <20.10.24 || >=23.0.0 <23.0.3', 'anybody may send frames into an encrypted overlay network'],
  ['CVE-2024-24557', 'medium', '<24.0.9 || >=25.0.0 <25.0.2', 'a prepared image poisons the cache of the classic builder'],
  [
    'CVE-2024-29018',
    'medium',
    '<23.0.11 || >=25.0.0 <25.0.5 || >=26.0.0-rc1 <26.0.0-rc3',
    'a container on an internal network sends data out by DNS',
  ],
  ['CVE-2024-32473', 'medium', '>=26.0.0 <26.0.2', 'containers get IPv6 on networks that are to have none'],
  [
    'CVE-2024-41110',
    'critical',
    '>=19.03.0 <19.03.16 || >=20.0.0 <20.10.28 || >=23.0.0 <23.0.15 || >=24.0.0 <24.0.10 || >=25.0.0 <25.0.6 || >=26.0.0 <26.0.3 || >=26.1.0 <26.1.5 || >=27.0.0 <27.1.1',
    'a request without a body passes authorization plugins',
    { bookworm: '20.10.24+dfsg1-1+deb12u1' },
  ],
  ['CVE-2025-54388', 'medium', '>=28.2.0 <28.3.3', 'ports of the host alone are open to the network once firewalld reloads'],
  ['CVE-2025-54410', 'low', '<25.0.13 || >=26.0.0 <28.0.0', 'networks are no longer parted from each other once firewalld reloads'],
  ['CVE-2026-33997', 'medium', '<29.3.1', 'a plugin gets privileges that nobody granted it'],
  ['CVE-2026-34040', 'high', '<29.3.1', 'an oversized request passes authorization plugins'],
];

function rowsOf(component: Component, rows: readonly Row[]): Advisory[] {
  return rows.map(([id, severity, affected, summary, debian]) => ({
    id,
    component,
    severity,
    affected,
    summary,
    ...(debian && { debian }),
  }));
}

/** The table that is built in: as of its newest advisory. */
export const advisories: AdvisoryTable = {
  date: '2026-07-01',
  advisories: [...rowsOf('Engine', ENGINE), ...rowsOf('containerd', CONTAINERD), ...rowsOf('runc', RUNC)],
};
