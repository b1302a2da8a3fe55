/** Histories for tests, and what goes into them. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Drift } from '../../../agent/drift.ts';
import { type Observation, Observations } from '../../../agent/observations.ts';
import { type AuditInput, type History, type HistoryOptions, openHistory } from '../../../agent/state/history.ts';
import { inScratch } from '../hullguard.ts';

export const NOON = Date.UTC(2026, 10, 21, 12);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export function observation(
  check: string,
  resource: string,
  outcome: Observation['outcome'] = 'pass',
  actual = 'as it should be',
): Observation {
  return { check, resource, severity: 'high', outcome, actual };
}

export function observations(...all: readonly Observation[]): Observations {
  return Observations.of(all);
}

export function audit(all: Observations, at = NOON): AuditInput {
  const summary = { pass: 3, fail: 1, manual: 2, 'not-applicable': 4, error: 0, waived: 0, score: 0.75 };
  return { at, durationMs: 412, trigger: 'schedule', summary, benchmark: '1.8.0', toolVersion: '0.1.0', observations: all };
}

export function drift(before: Observation | null, after: Observation | null, more: Partial<Drift> = {}): Drift {
  const { check, severity, resource } = after ?? before ?? observation('none', 'none');
  const side = (one: Observation | null): Drift['before'] => (one === null ? null : { outcome: one.outcome, actual: one.actual });
  return {
    at: NOON,
    check,
    severity,
    resource,
    before: side(before),
    after: side(after),
    causes: [`event container start ${resource}`],
    who: { status: 'unattributed', reason: 'auditd does not run' },
    ...more,
  };
}

export interface Scene {
  readonly file: string;
  readonly directory: string;
  /** The clock, which tests may set. */
  readonly clock: { now: number };
  /** What was said of files that were replaced. */
  readonly said: string[];
  open(options?: HistoryOptions): History;
}

/** Runs work with a history of its own; what it opens is closed when it is over. */
export function withPast<T>(work: (scene: Scene) => Promise<T> | T): Promise<T> {
  return inScratch(async (directory) => {
    const file = path.join(directory, 'history.db');
    const clock = { now: NOON };
    const said: string[] = [];
    const opened: History[] = [];
    const open = (options: HistoryOptions = {}): History => {
      const history = openHistory({ path: file, now: () => clock.now, onReplaced: (what) => void said.push(what), ...options });
      opened.push(history);
      return history;
    };
    try {
      return await work({ file, directory, clock, said, open });
    } finally {
      for (const history of opened) history.close();
    }
  });
}

/** Does to the file what nobody should. */
export function meddle(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

/** What a query says, as rows of values. */
export function ask(file: string, sql: string): readonly unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row));
  } finally {
    database.close();
  }
}
