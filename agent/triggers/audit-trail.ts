/**
 * Changes of audit rules. The kernel records them, so the log of the audit daemon tells of them at once; where no daemon writes one, and once in a
 * while anyhow, the list of rules is compared.
 */
import { dirname } from 'node:path';
import { type Host, reasonOf } from '../../facts/host.ts';
import type { AuditLog, AuditLogReader } from '../host/audit-log.ts';
import { type Bell, bells } from './bell.ts';
import type { Stale, Trigger } from './trigger.ts';

export interface AuditTrailOptions {
  readonly run: Host['run'];
  readonly log: AuditLog;
  /** Milliseconds between comparisons of the rules: without a log, and with one. */
  readonly blindMs?: number;
  readonly sweepMs?: number;
}

const SETTLE_MS = 30;
/** More than is written between two looks on any host that can still work. */
const MOST_BYTES = 16 << 20;
/** Lists of rules changed, auditing switched, the daemon begun or ended. That a watched file was replaced updates its rule, and changes nothing. */
const SWITCH = /\baudit_enabled=(\d)/;
const CHANGE = /^(?:node=\S+ )?type=(?:CONFIG_CHANGE(?!.* op="?updated_rules)|DAEMON_(?:START|END|ABORT|CONFIG)) /;

export function auditTrail(options: AuditTrailOptions): Trigger {
  const listener = new Listener(options);
  return {
    name: 'audit trail',
    start: (mark) => listener.start(mark),
    stop: () => listener.stop(),
    problem: () => listener.problem,
  };
}

class Listener {
  problem: string | null = null;
  readonly #options: Required<AuditTrailOptions>;
  #mark: (stale: Stale) => void = () => {};
  #reader: AuditLogReader | null = null;
  #bell: Bell | null = null;
  #hang: Awaited<ReturnType<typeof bells>> | null = null;
  #alarm: NodeJS.Timeout | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #rules: string | null = null;
  /** While auditing is off, the log tells of nothing, not even that it is on again. */
  #off = false;

  constructor(options: AuditTrailOptions) {
    this.#options = { blindMs: 30_000, sweepMs: 300_000, ...options };
  }

  async start(mark: (stale: Stale) => void): Promise<void> {
    this.#mark = mark;
    this.#hang = await bells();
    await this.#open();
    this.#off = /enabled 0/.test((await this.#list('-s')) ?? '');
    this.#rules = await this.#state();
    this.#plan();
  }

  async stop(): Promise<void> {
    this.#hang = null;
    clearTimeout(this.#alarm);
    clearTimeout(this.#sweep);
    await this.#shut();
  }

  /** The log, where there is one. It may come later, when auditd is installed or started. */
  async #open(): Promise<void> {
    try {
      const path = this.#options.log.path();
      this.#reader = this.#options.log.follow();
      this.#bell =
        this.#hang?.(
          dirname(path),
          () => this.#ring(),
          () => void this.#shut(),
        ) ?? null;
      await this.#bell?.ready;
    } catch {
      // Rules are compared instead, and attribution says what is wrong with the log.
      await this.#shut();
    }
  }

  async #shut(): Promise<void> {
    this.#reader?.close();
    this.#reader = null;
    const bell = this.#bell;
    this.#bell = null;
    await bell?.remove();
  }

  #ring(): void {
    if (this.#hang === null || this.#alarm !== undefined) return;
    this.#alarm = setTimeout(() => {
      this.#alarm = undefined;
      void this.#look();
    }, SETTLE_MS);
  }

  async #look(): Promise<void> {
    try {
      const lines = this.#reader?.added(MOST_BYTES) ?? null;
      if (lines === null) await this.#compare();
      else await this.#hear(lines.filter((line) => CHANGE.test(line)));
    } catch {
      await this.#shut(); // the next sweep opens it again
    }
  }

  async #hear(changes: readonly string[]): Promise<void> {
    if (changes.length === 0) return;
    this.#off = changes.flatMap((line) => SWITCH.exec(line)?.[1] ?? []).at(-1) === '0';
    this.#tell();
    this.#rules = await this.#state();
    this.#plan();
  }

  #tell(): void {
    this.#mark({ facts: ['audit'], cause: 'audit rules', at: Date.now() });
  }

  #plan(): void {
    clearTimeout(this.#sweep);
    if (this.#hang === null) return;
    const every = this.#reader === null || this.#off ? this.#options.blindMs : this.#options.sweepMs;
    this.#sweep = setTimeout(async () => {
      if (this.#reader === null) await this.#open();
      await this.#compare();
      this.#plan();
    }, every);
  }

  async #compare(): Promise<void> {
    const rules = await this.#state();
    if (this.#hang === null) return;
    if (rules !== this.#rules) this.#tell();
    this.#rules = rules;
  }

  /** The rules, and whether they are in force where nobody would tell of that. */
  async #state(): Promise<string | null> {
    const rules = await this.#list('-l');
    if (this.#reader !== null && !this.#off) return rules;
    const [enabled = null] = /enabled \d/.exec((await this.#list('-s')) ?? '') ?? [];
    this.#off = enabled === 'enabled 0';
    return `${enabled} ${rules}`;
  }

  /** Null where nobody can say, which the fact of that name explains. */
  async #list(option: '-l' | '-s'): Promise<string | null> {
    try {
      const { status, stdout } = await this.#options.run('auditctl', [option]);
      this.problem = null;
      return status === 0 ? stdout : null;
    } catch (error) {
      this.problem = this.#reader === null ? `changes of audit rules are not seen: ${reasonOf(error)}` : null;
      return null;
    }
  }
}
