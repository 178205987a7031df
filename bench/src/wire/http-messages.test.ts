import { expect, test } from 'vitest'
import { httpRequest, httpResponse, requestCounter, responseCounter } from './http-messages.ts'

test.each([['requests', httpRequest, requestCounter], ['responses', httpResponse, responseCounter]])('%s are counted however the stream is cut', (_, message, counterOf) => {
  const stream = Buffer.concat([message, message, message])
  for (let step = 1; step <= stream.length; step++) {
    const counter = counterOf()
    let count = 0
    for (let at = 0; at < stream.length; at += step) count += counter.count(stream.subarray(at), Math.min(step, stream.length - at))
    expect(count).toBe(3)
  }
})

test('a response with another status is an error', () => {
  const response = Buffer.from('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n')
  expect(() => responseCounter().count(response, response.length)).toThrow('HTTP/1.1 200')
})
