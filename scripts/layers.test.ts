import { describe, expect, it } from 'vitest'
import { layerProblems } from './layers.ts'

const problems = (file: string, text: string) => layerProblems([{ file, text }])

describe('layerProblems', () => {
  it.each([
    ['a domain that imports a driver', 'packages/domain/src/pools/pools.ts', "import { Database } from '@vitrine/drivers/postgres'"],
    ['a contract that imports the domain', 'packages/contract/src/mount.ts', "import { fail } from '@vitrine/domain/errors'"],
    ['a domain that knows HTTP', 'packages/domain/src/pools/pools.ts', "import { Hono } from 'hono'"],
    ['a domain that knows SQL', 'packages/domain/src/pools/pools.ts', "import postgres from 'postgres'"],
    ['a route that imports a driver', 'packages/server/src/routes/pools/pool-list.ts', "import { PostgresPools } from '@vitrine/drivers/postgres'"],
    ['a driver that imports another', 'packages/drivers/src/secrets/box.ts', "import { Database } from '../postgres/database.ts'"],
    ['a way into another package', 'packages/server/src/app.ts', "import { fail } from '../../domain/src/errors.ts'"],
    ['a file that reads the environment', 'packages/server/src/app.ts', 'const port = process.env.PORT'],
    ['an SDK that imports the server', 'packages/sdk/src/vitrine.ts', "import { wire } from '@vitrine/server/wire'"],
  ])('refuses %s', (_, file, text) => expect(problems(file, text)).toHaveLength(1))

  it.each([
    ['the wiring, which knows drivers', 'packages/server/src/wire.ts', "import { Database } from '@vitrine/drivers/postgres'"],
    ['a program, which reads the environment', 'apps/server/src/main.ts', 'const port = process.env.PORT'],
    ['an import to the left', 'packages/drivers/src/postgres/pools.ts', "import { fail } from '@vitrine/domain/errors'"],
    ['an import within a package', 'packages/drivers/src/postgres/pools.ts', "import { codeOf } from './failures.ts'"],
  ])('lets %s pass', (_, file, text) => expect(problems(file, text)).toEqual([]))
})
