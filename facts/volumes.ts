import { defineCollector } from './collector.ts';
import { ask, endpointOf, inOrder } from './engine.ts';
import type { Engines } from './engines.ts';
import { HostError, reasonOf } from './host.ts';
import * as z from './schema.ts';

/** Of its options only what says that a host directory is behind it: others may hold a file server's password. */
const volume = z.object({ Name: z.string(), Driver: z.text, Options: z.dictionary(z.string()) });

const schema = z.object({
  /** Null when they could not be listed: one volume plugin that hangs is enough for that, and no reason to know nothing of the containers. */
  volumes: z.nullable(z.array(volume)),
  /** Why they could not. */
  problem: z.optional(z.string()),
});

export type Volumes = z.infer<typeof schema>;

export const volumes = defineCollector<typeof schema, { engines: Engines }>({
  describes: 'the volumes, and the directory of the host behind those that are bind mounts by another name',
  watch: { events: ['volume'] },
  schema,
  needs: ['engines'],
  async collect(host, { engines }) {
    const endpoint = endpointOf(engines);
    try {
      const { Volumes } = await ask(host, endpoint, '/volumes', z.object({ Volumes: z.nullable(z.array(volume)) }));
      return { volumes: inOrder((Volumes ?? []).map(withoutSecrets), ({ Name }) => Name) };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return { volumes: null, problem: reasonOf(error) };
    }
  },
});

function withoutSecrets(entry: z.infer<typeof volume>): z.infer<typeof volume> {
  const { type, o, device } = entry.Options;
  const bind = entry.Driver === 'local' && o !== undefined && /(^|,)r?bind(,|$)/.test(o);
  return { ...entry, Options: bind ? { type: type ?? '', o: 'bind', device: device ?? '' } : {} };
}
