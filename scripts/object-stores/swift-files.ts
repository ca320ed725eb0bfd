/** The configuration of a Swift that consists of one node, one disk and one copy of everything. */
import { userInfo } from 'node:os'
import path from 'node:path'

export interface SwiftPorts {
  readonly proxy: number
  readonly account: number
  readonly container: number
  readonly object: number
  readonly memcached: number
}

const STORES = ['account', 'container', 'object'] as const
const PIPELINE = [
  ...['catch_errors', 'gatekeeper', 'healthcheck', 'proxy-logging', 'cache', 'listing_formats', 'bulk', 'tempurl', 's3api', 'tempauth'],
  ...['copy', 'slo', 'dlo', 'versioned_writes', 'symlink', 'proxy-logging', 'proxy-server'],
]
/** What a filter is told besides its name. */
const filters = (key: string): Readonly<Record<string, string>> => ({
  // The second account must not see the first one's objects, and the third user may do nothing.
  tempauth: `user_test_tester = ${key} .admin\nuser_test2_tester2 = ${key} .admin\nuser_test_tester3 = ${key}`,
  s3api: 'location = us-east-1\ndns_compliant_bucket_names = true\nmax_upload_part_num = 10000\nmin_segment_size = 1',
  // Tests cut small objects into many parts, which Swift would deliver slowly on purpose.
  slo: 'max_manifest_segments = 10000\nrate_limit_under_size = 0',
  tempurl: 'allowed_digests = sha1 sha256 sha512',
  versioned_writes: 'allow_versioned_writes = true\nallow_object_versioning = true',
})
/** The name of a filter in the package, where that is another one. */
const PROGRAM: Readonly<Record<string, string>> = { cache: 'memcache', 'proxy-logging': 'proxy_logging' }

/** File names and their texts. */
export function swiftFiles(dir: string, ports: SwiftPorts, key: string): Record<string, string> {
  const common = [
    'bind_ip = 127.0.0.1',
    'bind_timeout = 10',
    `user = ${userInfo().username}`,
    `swift_dir = ${dir}`,
    // Messages go to standard error; what would go to the system's log is sent where nobody listens.
    'log_udp_host = 127.0.0.1',
    'log_udp_port = 9',
    // Served by the process itself, without workers.
    'workers = 0',
    'conn_timeout = 10',
    'node_timeout = 60',
  ].join('\n')
  const files: Record<string, string> = {
    'swift.conf': '[swift-hash]\nswift_hash_path_suffix = tests\n[storage-policy:0]\nname = default\ndefault = yes\n',
    'memcache.conf': `[memcache]\nmemcache_servers = 127.0.0.1:${ports.memcached}\nconnect_timeout = 5.0\nio_timeout = 10.0\nerror_suppression_limit = 1000000\n`,
    'proxy-server.conf': proxyFile(common, ports.proxy, key),
  }
  for (const name of STORES) files[`${name}-server.conf`] = storeFile(name, common, ports[name], path.join(dir, 'devices'))
  return files
}

function proxyFile(common: string, port: number, key: string): string {
  const settings = filters(key)
  return [
    `[DEFAULT]\n${common}\nbind_port = ${port}`,
    `[pipeline:main]\npipeline = ${PIPELINE.join(' ')}`,
    '[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\nallow_account_management = true\nconn_timeout = 10\nnode_timeout = 60',
    // Were the only node set aside after errors, everything would fail for a minute.
    'error_suppression_limit = 1000000\nerror_suppression_interval = 0',
    ...[...new Set(PIPELINE.slice(0, -1))].map((name) => `[filter:${name}]\nuse = egg:swift#${PROGRAM[name] ?? name}\n${settings[name] ?? ''}`),
    '',
  ].join('\n')
}

function storeFile(name: string, common: string, port: number, devices: string): string {
  return [
    `[DEFAULT]\n${common}\nbind_port = ${port}`,
    // Room on the disk is not this test's business.
    `devices = ${devices}\nmount_check = false\ndisable_fallocate = true\nfallocate_reserve = 0`,
    `[pipeline:main]\npipeline = ${name}-server`,
    `[app:${name}-server]\nuse = egg:swift#${name}\nlog_requests = false`,
    '',
  ].join('\n')
}
