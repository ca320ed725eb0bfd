/** How far a long step has come: one line that is drawn anew on a terminal, a line now and then everywhere else. */
export interface Screen {
  readonly isTTY: boolean
  write(text: string): void
}

const REDRAW_MS = 100
const WIDTH = 28
const number = new Intl.NumberFormat('en-US')

export class Progress {
  readonly #screen: Screen
  readonly #label: string
  readonly #total: number
  readonly #before: number
  readonly #now: () => number
  readonly #started: number
  #done: number
  #drawn = -Infinity
  #tenth: number

  /** `before` is what an earlier run did; it counts as done, but not for the rate. */
  constructor(screen: Screen, label: string, total: number, before = 0, now: () => number = performance.now.bind(performance)) {
    this.#screen = screen
    this.#label = label.padEnd(10)
    this.#total = total
    this.#before = before
    this.#done = before
    this.#now = now
    this.#started = now()
    this.#tenth = this.#tenths()
    if (screen.isTTY) this.#draw()
  }

  advance(count: number): void {
    this.#done += count
    if (this.#screen.isTTY) {
      if (this.#now() - this.#drawn >= REDRAW_MS) this.#draw()
    } else if (this.#tenths() > this.#tenth && this.#done < this.#total) {
      this.#tenth = this.#tenths()
      this.#screen.write(`${this.#text()}\n`)
    }
  }

  finish(): void {
    if (this.#screen.isTTY) this.#draw()
    this.#screen.write(this.#screen.isTTY ? '\n' : `${this.#text()}\n`)
  }

  #tenths(): number {
    return Math.floor((this.#done / Math.max(1, this.#total)) * 10)
  }

  #text(): string {
    const seconds = (this.#now() - this.#started) / 1000
    const fresh = this.#done - this.#before
    const rate = fresh > 0 && seconds > 0 ? `, ${number.format(Math.round(fresh / seconds))}/s` : ''
    const already = this.#before > 0 ? `, ${number.format(this.#before)} were there` : ''
    return `${this.#label} ${number.format(this.#done)} of ${number.format(this.#total)}${already}${rate}`
  }

  #draw(): void {
    this.#drawn = this.#now()
    const filled = Math.min(WIDTH, Math.round((this.#done / Math.max(1, this.#total)) * WIDTH))
    this.#screen.write(`\r\u001B[2K${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${this.#text()}`)
  }
}
