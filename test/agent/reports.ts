/** Reports of in-memory hosts, for the tests of what is made from them. */

import { findProfile } from '../../agent/profiles.ts';
import { makeReport, type Report } from '../../agent/report.ts';
import { inBenchmarkOrder, judge } from '../../agent/scan.ts';
import { type Selection, selectChecks } from '../../agent/select.ts';
import type { Recording } from '../../facts/index.ts';
import type { HostLiteral, Literal } from '../fake-host.ts';
import { record } from './hullguard.ts';

/** What to select by, the profile by its name. */
export type Options = Partial<Omit<Selection, 'profile'>> & { readonly profile?: string };

/** A selection of everything but for what is said otherwise. */
export function selectionOf({ profile = 'level-2', ...options }: Options = {}): Selection {
  const benchmark = options.benchmark ?? '1.8.0';
  return { benchmark, profile: findProfile(profile, {}, benchmark), minSeverity: 'low', check: [], skip: [], section: [], ...options };
}

export function reportOf(recording: Recording, options: Options = {}): Report {
  const selection = selectionOf(options);
  const { chosen, excluded } = selectChecks(selection);
  const findings = chosen.map((check) => judge(check, recording, selection.benchmark));
  return makeReport(inBenchmarkOrder(findings), recording, { ...selection, excluded }, 12.5);
}

export async function report(literal: HostLiteral = {}, options: Options = {}): Promise<Report> {
  return reportOf(await record(literal), options);
}

/** A container that breaks most rules. */
export function careless(name: string, number: number): Literal {
  return {
    Id: number.toString(16).padStart(12, '0'),
    Name: `/${name}`,
    AppArmorProfile: 'unconfined',
    Config: { User: '', Image: 'nginx:latest', Healthcheck: null },
    HostConfig: {
      Privileged: true,
      CapAdd: ['ALL'],
      CapDrop: null,
      SecurityOpt: ['seccomp=unconfined'],
      ReadonlyRootfs: false,
      Memory: 0,
      NanoCpus: 0,
      PidsLimit: 0,
      RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
    },
  };
}
