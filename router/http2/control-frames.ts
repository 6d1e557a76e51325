import { CODE, FLAG, FRAME, LARGEST_PAYLOAD, LARGEST_WINDOW, SETTING } from './frames.ts'
import type { Host } from './host.ts'
import type { Requests } from './requests.ts'

const SETTING_BYTES = 6
const PRIORITY_BYTES = 5
const PING_BYTES = 8
const LARGEST_FRAME_SIZE = 2 ** 24 - 1

/** Reads the frames that steer a connection (RFC 9113 sections 6.3 to 6.9). */
export class ControlFrames {
  readonly #host: Host
  readonly #requests: Requests

  constructor(host: Host, requests: Requests) {
    this.#host = host
    this.#requests = requests
  }

  frame(type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    switch (type) {
      case FRAME.settings:
        this.#settings(flags, id, bytes, start, end)
        return
      case FRAME.ping:
        this.#ping(flags, id, bytes, start, end)
        return
      case FRAME.windowUpdate:
        this.#windowUpdate(id, bytes, start, end)
        return
      case FRAME.rstStream:
        this.#rstStream(id, start, end)
        return
      case FRAME.priority:
        this.#priority(id, start, end)
        return
      case FRAME.goaway:
        if (id !== 0) this.#host.fail(CODE.protocolError)
        else if (end - start < 8) this.#host.fail(CODE.frameSizeError)
        else this.#host.finish()
        return
      case FRAME.pushPromise:
        this.#host.fail(CODE.protocolError)
        return
    }
    // Section 5.5: what nobody knows is ignored.
    this.#host.idleFrame()
  }

  #settings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const host = this.#host
    if (id !== 0) host.fail(CODE.protocolError)
    else if ((end - start) % SETTING_BYTES !== 0 || (flags & FLAG.ack && end > start)) host.fail(CODE.frameSizeError)
    else if (!host.budget.answeredFrame()) host.fail(CODE.enhanceYourCalm)
    else if (flags & FLAG.ack) host.settingsAcked()
    else {
      for (let at = start; at < end; at += SETTING_BYTES) {
        const code = this.#set(bytes.readUInt16BE(at), bytes.readUInt32BE(at + 2))
        if (code === null) continue
        host.fail(code)
        return
      }
      host.output.settingsAck()
      host.wrote(0)
    }
  }

  /** Section 6.5.2. Returns what is wrong with it, or null. */
  #set(setting: number, value: number) {
    const { encoder, streams } = this.#host
    switch (setting) {
      case SETTING.headerTableSize:
        encoder.limitTable(value)
        return null
      case SETTING.enablePush:
        return value > 1 ? CODE.protocolError : null
      case SETTING.maxFrameSize:
        return value < LARGEST_PAYLOAD || value > LARGEST_FRAME_SIZE ? CODE.protocolError : null
      case SETTING.initialWindowSize: {
        if (value > LARGEST_WINDOW) return CODE.flowControlError
        const change = value - this.#requests.peerWindow
        this.#requests.peerWindow = value
        if (!streams.widen(change)) return CODE.flowControlError
        if (change > 0) streams.pump()
      }
    }
    return null
  }

  #ping(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    const host = this.#host
    if (id !== 0) host.fail(CODE.protocolError)
    else if (end - start !== PING_BYTES) host.fail(CODE.frameSizeError)
    else if (!host.budget.answeredFrame()) host.fail(CODE.enhanceYourCalm)
    else if ((flags & FLAG.ack) === 0) {
      host.output.pingAck(bytes, start)
      host.wrote(0)
    }
  }

  #windowUpdate(id: number, bytes: Buffer, start: number, end: number): void {
    const host = this.#host
    if (end - start !== 4) {
      host.fail(CODE.frameSizeError)
      return
    }
    host.idleFrame()
    const increment = bytes.readUInt32BE(start) & LARGEST_WINDOW
    if (id === 0) {
      if (increment === 0) host.fail(CODE.protocolError)
      else if (host.sendWindow + increment > LARGEST_WINDOW) host.fail(CODE.flowControlError)
      else host.widen(increment)
      return
    }
    const stream = host.streams.find(id)
    if (!stream) {
      if (id > host.lastId) host.fail(CODE.protocolError)
    } else if (increment === 0) host.resetStream(id, CODE.protocolError)
    else if (stream.response.window + increment > LARGEST_WINDOW) host.resetStream(id, CODE.flowControlError)
    else {
      stream.response.window += increment
      stream.pump()
    }
  }

  #rstStream(id: number, start: number, end: number): void {
    const host = this.#host
    const stream = host.streams.find(id)
    if (end - start !== 4) host.fail(CODE.frameSizeError)
    else if (id === 0 || id > host.lastId) host.fail(CODE.protocolError)
    else if (!stream) host.idleFrame()
    else {
      host.abandon(stream)
      if (!host.budget.failedStream()) host.fail(CODE.enhanceYourCalm)
    }
  }

  /** Section 5.3.2: what it says is of no use to anybody; that it says it well is still required. */
  #priority(id: number, start: number, end: number): void {
    const host = this.#host
    if (id === 0) host.fail(CODE.protocolError)
    else if (end - start === PRIORITY_BYTES) host.idleFrame()
    else if (host.streams.find(id)) host.resetStream(id, CODE.frameSizeError)
    else host.fail(CODE.frameSizeError)
  }
}
