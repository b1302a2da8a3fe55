import type { Facts } from '../../facts/index.ts';
import type { Swarm } from '../../facts/swarm.ts';
import { type About, type Check, defineCheck, type Evidence, type Judgement, type Verdict } from '../check.ts';

type Needs = 'swarm' | 'policy' | 'engine' | 'system';

interface Row extends Omit<About, 'surface' | 'impact' | 'severity'> {
  readonly severity?: About['severity'];
  readonly expected: string;
  readonly source: string;
  /** Only a manager may read it. */
  readonly managersOnly?: boolean;
  readonly judge: (swarm: Swarm, facts: Pick<Facts, Needs>) => Verdict | Judgement;
}

/** A question to a node of a swarm; without swarm mode there is nothing to ask. */
export function swarmSetting(row: Row): Check<Needs> {
  const { expected, source, managersOnly, judge, ...about } = row;
  return defineCheck({
    severity: 'medium',
    surface: 'orchestrator',
    impact: 'none',
    ...about,
    needs: ['swarm', 'policy', 'engine', 'system'],
    judge(facts): Judgement {
      const { swarm } = facts;
      if (swarm.state !== 'active') return { notApplicable: `swarm mode is ${swarm.state}` };
      if (managersOnly && !swarm.manager) return { notApplicable: 'this node is a worker: check on a manager' };
      const result = judge(swarm, facts);
      return 'outcome' in result ? [{ resource: 'swarm', expected, source, ...result } satisfies Evidence] : result;
    },
  });
}
