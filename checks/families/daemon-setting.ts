import type { Setting } from '../../facts/daemon.ts';
import type { FactName, Facts } from '../../facts/index.ts';
import type { Json } from '../../facts/json.ts';
import {
  type About,
  type Check,
  defineCheck,
  type Evidence,
  fail,
  type Judgement,
  type Outcome,
  review,
  unknown,
  type Verdict,
  worstFirst,
} from '../check.ts';

interface Row<N extends FactName> extends Omit<About, 'surface' | 'impact'>, Partial<Pick<About, 'surface' | 'impact'>> {
  /** Its name in daemon.json. */
  readonly key: string;
  /** What evidence says should be there. */
  readonly expected: string;
  readonly needs?: readonly N[];
  /** Why it does not concern this engine; null when it does. */
  readonly exempt?: (facts: Pick<Facts, N | 'daemon'>) => string | null;
  /** Judges one value, in force or pending. */
  readonly accepts: (value: Json, facts: Pick<Facts, N | 'daemon'>) => boolean | Outcome;
  /** The value that hullguard may set; without one a person has to think. */
  readonly wants?: Json | ((facts: Pick<Facts, N | 'daemon'>) => Json | undefined);
}

/** One effective setting of dockerd: what is in force, and what the configuration file will bring at the next start. */
export function daemonSetting<N extends FactName = 'daemon'>(row: Row<N>): Check<N | 'daemon'> {
  const { key, expected, needs = [], exempt, accepts, wants, ...about } = row;
  return defineCheck<N | 'daemon'>({
    surface: 'daemon',
    impact: 'restart',
    ...about,
    ...(wants !== undefined && { goal: 'daemon-setting' }),
    needs: ['daemon', ...needs],
    judge(facts): Judgement {
      const reason = exempt?.(facts);
      if (reason) return { notApplicable: reason };
      const wanted = typeof wants === 'function' ? wants(facts) : wants;
      return [judgeSetting(facts.daemon, { key, expected, wanted, accepts: (value) => accepts(value, facts) })];
    },
  });
}

interface Wanted {
  readonly key: string;
  readonly expected: string;
  readonly accepts: (value: Json) => boolean | Outcome;
  /** What hullguard may set it to. */
  readonly wanted?: Json | undefined;
}

/** Judges what is in force, and what a restart would bring where the file says otherwise. A value that is only hoped for is no pass. */
export function judgeSetting(daemon: Facts['daemon'], { key, expected, accepts, wanted }: Wanted): Evidence {
  const setting: Setting = daemon.settings[key] ?? { origin: null, source: 'not among the recorded facts' };
  const verdict = judge(setting);
  const mendable = verdict.outcome === 'fail' && wanted !== undefined;
  const goal = mendable ? ({ kind: 'daemon-setting', key, value: wanted } as const) : undefined;
  return { resource: 'dockerd', expected, source: setting.source, ...verdict, ...(goal && { goal }) };

  function judge({ value, pending, origin, source, assumed }: Setting): Verdict {
    if (value === undefined && pending === undefined) return unknown(`its value is unknown: ${source}`);
    if (value === undefined) return fail(`${show(key, pending)} is written, but not known to be in force: restart pending`);
    const inForce = outcome(accepts(value));
    const actual = `${show(key, value)} (${origin ?? 'unknown origin'})`;
    if (assumed && inForce === 'pass') return review(`${actual}, as far as can be told (${source}): a restart settles it`);
    if (pending === undefined) return { outcome: inForce, actual };
    const next = outcome(accepts(pending));
    return {
      outcome: worstFirst.find((worst) => worst === next || worst === inForce) ?? inForce,
      actual: `${actual}; ${show(key, pending)} after a restart (pending)`,
    };
  }
}

function outcome(verdict: boolean | Outcome): Outcome {
  if (typeof verdict !== 'boolean') return verdict;
  return verdict ? 'pass' : 'fail';
}

/** `icc=false`, `log-opts={"tag":"x"}`, `hosts not set`. */
export function show(key: string, value: Json | undefined): string {
  if (value === undefined || value === '' || value === null) return `${key} not set`;
  return `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
}
