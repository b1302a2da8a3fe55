/** Containers and images of the insecure host: each one a way to get a control wrong, or to get it right in another spelling. */
import type { ImageLiteral } from '../archive.ts';
import type { Fleet } from '../fleet.ts';

export const fleet: Fleet = {
  plain: 'run --restart no',
  vanilla: 'create',
  'with.dots_and-dashes': 'create',
  stopped: 'run -- busybox:lab true',
  paused: 'run',

  privileged: 'run --privileged',
  'cap-add': 'create --cap-add net_admin --cap-add SYS_ADMIN',
  'cap-all': 'create --cap-add ALL',
  'cap-danger': 'create --cap-add DAC_READ_SEARCH --cap-add SYS_MODULE --cap-add SYS_PTRACE',
  'cap-drop-all': 'create --cap-drop all --cap-add CHOWN',
  'cap-drop-raw': 'create --cap-drop CAP_NET_RAW',
  'nnp-word': 'run --security-opt no-new-privileges',
  'nnp-off': 'run --security-opt no-new-privileges=false',
  'nnp-true': 'create --security-opt no-new-privileges:true',
  'nnp-one': 'create --security-opt no-new-privileges=1',
  'nnp-false': 'create --security-opt no-new-privileges:false',
  'seccomp-unconfined': 'run --security-opt seccomp=unconfined',
  'seccomp-custom': 'run --security-opt seccomp=/lab/custom.json',
  'seccomp-allow-all': 'create --security-opt seccomp=/lab/allow-all.json',
  'read-only': 'create --read-only',

  'host-network': 'run --network host -p 8090:80',
  'host-pid': 'run --pid host',
  'host-ipc': 'create --ipc host',
  'host-uts': 'create --uts host',
  'host-userns': 'create --userns host',
  'donor-ipc': 'run --ipc shareable',
  'joins-host': 'run --network container:host-network --pid=container:host-pid',
  'joins-joined': 'run --network container:joins-host --pid=container:joins-host --ipc=container:donor-ipc',
  'joins-bridge': 'run --network container:plain',
  'net-own': 'create --network lab-net',
  'net-none': 'create --network none',

  'mount-etc': 'create -v /etc:/host-etc',
  'mount-var-lib': 'create -v /var/lib:/host-var-lib:ro',
  'mount-dots': 'create -v /etc/../etc/ssl:/ssl:ro',
  'mount-link': 'create -v /lab/link-to-etc:/data',
  'mount-volume': 'create -v behind-etc:/data',
  'mount-root': 'create -v /:/host:ro',
  'mount-harmless': 'create -v /lab/data-of-app:/data -v plain-volume:/volume --tmpfs /scratch',
  'mount-socket': 'create -v /lab/docker.sock:/var/run/docker.sock:ro',
  'mount-socket-parent': 'create -v /lab/:/engine',
  'mount-shared': 'create -v /lab/data-of-app:/data:rshared',
  device: 'create --device /dev/null:/dev/blackhole:rw',
  'device-rule': "create --device-cgroup-rule 'c 1:3 rwm'",

  'port-all': 'run -p 8080:80',
  'port-loopback': 'run -p 127.0.0.1:8081:80',
  'port-v6': 'run -p [::]:8082:80',
  'port-low': 'run -p 127.0.0.1:443:80',
  'port-exposed': 'run -P --expose 9000',
  'port-stopped': 'create -p 81:80',

  memory: 'create --memory 64m',
  'memory-huge': 'create --memory 1000000g',
  cpus: 'create --cpus 0.5',
  'cpu-quota': 'create --cpu-quota 20000',
  'cpu-shares': 'create --cpu-shares 512',
  'cpu-shares-default': 'create --cpu-shares 1024',
  cpuset: 'create --cpuset-cpus 0',
  pids: 'create --pids-limit 100',
  'pids-unlimited': 'create --pids-limit -1',
  ulimit: 'create --ulimit nproc=100:200',
  'cgroup-parent': 'create --cgroup-parent other.slice',
  'restart-always': 'create --restart always',
  'restart-unless-stopped': 'create --restart unless-stopped',
  'restart-endless': 'create --restart on-failure',
  'restart-5': 'create --restart on-failure:5',
  'restart-6': 'create --restart on-failure:6',

  'user-zero': 'create --user 0:0',
  'user-00': 'create --user 00',
  'user-group-only': 'create --user :5',
  'user-1000': 'run --user 1000',
  'user-name': 'create --user web',
  'health-off': 'run --no-healthcheck',
  'health-good': 'run --health-cmd true --health-interval 1s',
  'health-bad': 'run --health-cmd false --health-interval 1s --health-retries 1',
  sshd: "run -- busybox:lab sh -c 'cp /bin/busybox /bin/sshd; exec -a sleep /bin/sshd 100000'",
  'exec-privileged': 'run',
  'exec-root': 'run --user 1000',
  'exec-self': 'run --user 1000',
  stale: 'create -- moved:1 busybox',
  built: 'create -- web:1 busybox',
  secrets:
    "create -e DB_PASSWORD=hunter2 --label app.token=hunter2 --label app.database=postgres://app:hunter2@db/1 --health-cmd 'mysql -phunter2' -v share:/share",
};

/** What is wrong with these images is in their history; nothing was ever built or fetched. */
export const images: readonly ImageLiteral[] = [
  {
    name: 'base:1',
    history: [{ by: '/bin/sh -c #(nop) ADD file:1 in / ', files: { 'etc/os-release': 'ID=lab\n' } }, '/bin/sh -c #(nop)  CMD ["sh"]'],
  },
  {
    name: 'web:1',
    config: {
      User: 'root',
      Env: ['PATH=/bin', 'API_TOKEN=hunter2', 'DEBUG=1'],
      Labels: { 'com.example.password': 'hunter2' },
      Healthcheck: { Test: ['NONE'] },
    },
    history: [
      { by: '/bin/sh -c #(nop) ADD file:1 in / ', files: { 'etc/os-release': 'ID=lab\n' } },
      '/bin/sh -c #(nop)  CMD ["sh"]',
      'ENV API_TOKEN=hunter2',
      { by: '/bin/sh -c apt-get update', files: { 'var/lib/apt/lists': '' } },
      { by: 'ADD https://example.com/app.tgz /app # buildkit', files: { app: 'x' } },
      { by: 'ADD local.tgz /local # buildkit', files: { local: 'x' } },
      { by: 'RUN |1 DB_PASSWORD=hunter2 /bin/sh -c apt-get install -y --allow-unauthenticated tool # buildkit', files: { tool: 'x' } },
      { by: '/bin/sh -c curl -k https://example.com/setup | sh', files: { setup: 'x' } },
    ],
  },
  {
    name: 'better:1',
    config: { User: '1000', Healthcheck: { Test: ['CMD', 'true'] } },
    history: [
      { by: '/bin/sh -c #(nop) ADD file:1 in / ', files: { 'etc/os-release': 'ID=lab\n' } },
      '/bin/sh -c #(nop)  CMD ["sh"]',
      { by: 'RUN /bin/sh -c apt-get update && apt-get install -y tool # buildkit', files: { tool: 'y' } },
      { by: 'COPY app /app # buildkit', files: { app: 'y' } },
    ],
  },
];

/** Two images of one name: after the second is loaded, the first has none. */
export function moved(content: string): ImageLiteral {
  return { name: 'moved:1', history: [{ by: 'COPY app /app # buildkit', files: { app: content } }] };
}
