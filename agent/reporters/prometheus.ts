import { auditFamilies, renderFamilies } from '../exposition.ts';
import type { Reporter } from './reporter.ts';

/** Metrics of one audit, with the names that the agent gives them. */
export const prometheus: Reporter = ({ findings, summary, at, durationMs }) =>
  renderFamilies(auditFamilies({ checks: findings, score: summary.score, audit: { at: Date.parse(at), durationMs } }));
