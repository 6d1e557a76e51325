import ms from 'ms'

/** @returns {string} how long this process has been running */
export function uptime() {
  return ms(Math.round(process.uptime() * 1000))
}
