/** What can go wrong on each attack surface, and the checks that stand against it. docs/threats.md is made from it. */
import { type Surface, surfaces } from './check.ts';
import { client } from './threats/client.ts';
import { container } from './threats/container.ts';
import { daemon } from './threats/daemon.ts';
import { host } from './threats/host.ts';
import { image } from './threats/image.ts';
import { orchestrator } from './threats/orchestrator.ts';
import { registry } from './threats/registry.ts';
import type { Threat, ThreatRow } from './threats/threat.ts';

export type { Threat } from './threats/threat.ts';

const bySurface: Readonly<Record<Surface, readonly ThreatRow[]>> = { client, host, daemon, registry, image, container, orchestrator };

/** Every threat, by surface and then by letter. */
export const threats: readonly Threat[] = surfaces.flatMap((surface) =>
  bySurface[surface].map(({ name, uncovered = null, ...row }) => ({ id: `${surface}/${name}`, surface, ...row, uncovered, weight: 1 })),
);
