import { sharedProfiles } from './client-variables.ts';
import { defineCollector } from './collector.ts';
import { readIfThere } from './host.ts';
import * as z from './schema.ts';

const schema = z.object({
  /** Each place that sets `DOCKER_CONTENT_TRUST` for the users of this host. */
  contentTrust: z.array(z.object({ path: z.string(), value: z.string() })),
});

export const client = defineCollector({
  describes: 'what this host sets for the Docker clients of its users',
  watch: { paths: ['/etc/environment', '/etc/profile', '/etc/profile.d/*.sh'] },
  schema,
  async collect(host) {
    return {
      contentTrust: sharedProfiles(host).flatMap((path) =>
        parseContentTrust(readIfThere(host, path) ?? '').map((value) => ({ path, value })),
      ),
    };
  },
});

/** Values given to the variable by `NAME=value` lines, `export` and quotes allowed. */
export function parseContentTrust(content: string): string[] {
  return [...content.matchAll(/^[ \t]*(?:export[ \t]+)?DOCKER_CONTENT_TRUST=["']?([^"'\s;#]*)/gm)].map((match) => match[1] ?? '');
}
