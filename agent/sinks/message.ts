/** What the webhook sends: one drift event, with the host it is of. Published as a schema, so receivers can rely on it. */
import { sha256 } from '../../facts/digest.ts';
import * as z from '../../facts/schema.ts';
import type { Drift, Who } from '../drift.ts';
import { nobody, outcome, severity, someone, tool } from '../terms.ts';
import { version } from '../version.ts';

const seen = z.nullable(z.strictObject({ outcome, actual: z.string() }));

const who = z.discriminatedUnion('status', [
  z.strictObject({
    ...someone,
    login: someone.login.check(z.describe('Who logged in, whatever they became since')),
    at: z.iso.datetime(),
  }),
  z.strictObject(nobody),
]);

export const messageSchema = z.strictObject({
  schemaVersion: z.literal(1),
  type: z.literal('drift'),
  delivery: z.string().check(z.describe('The same in every attempt to deliver this event: what came before may be dropped')),
  tool,
  host: z.strictObject({ hostname: z.string() }),
  event: z.strictObject({
    id: z.int().check(z.describe('Its number in the history of this host')),
    at: z.iso.datetime(),
    check: z.string(),
    severity,
    resource: z.string(),
    before: seen.check(z.describe('null for what was not there')),
    after: seen.check(z.describe('null for what is gone')),
    causes: z.array(z.string()).check(z.describe('What made hullguard look')),
    who,
    waiver: z.nullable(z.string()).check(z.describe('Id of the waiver that covers what fails now; null where none does')),
  }),
});

export type Message = z.infer<typeof messageSchema>;

/** A drift event as it stands in the outbox. */
export type Event = Drift & { readonly id: number };

/** Numbers of events start anew where a damaged history was replaced; what was seen when does not come again. */
export function deliveryOf(payload: string): string {
  return sha256(payload).slice(0, 32);
}

export function messageOf(event: Event, delivery: string, hostname: string): Message {
  const { id, at, check, severity, resource, before, after, causes, waiver = null } = event;
  return {
    schemaVersion: 1,
    type: 'drift',
    delivery,
    tool: { name: 'hullguard', version },
    host: { hostname },
    event: { id, at: time(at), check, severity, resource, before, after, causes: [...causes], who: whoOf(event.who), waiver },
  };
}

function whoOf(who: Who): Message['event']['who'] {
  return who.status === 'unattributed' ? who : { ...who, at: time(who.at) };
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
