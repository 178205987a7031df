import { describe, expect, test } from 'vitest'
import { serviceWebSocket, vserverWebSocket } from './websocket.ts'

describe('websocket of a user vserver', () => {
  test('has limits that hold without being named', () => {
    expect(vserverWebSocket.parse({})).toEqual({
      paths: [],
      allowedOrigins: [],
      maxMessageBytes: 1024 * 1024,
      maxFragments: 64,
      maxPingsPerSecond: 10,
      pingSeconds: 0
    })
  })

  test.each(['https://app.example', 'http://localhost:8080', 'https://[::1]:8443'])('takes the origin %s', origin => {
    expect(vserverWebSocket.safeParse({ allowedOrigins: [origin] }).success).toBe(true)
  })

  test.each(['app.example', 'https://app.example/', 'https://App.example', 'https://app.example:443', '*', 'null', ''])(
    'refuses the origin %j, which no browser sends',
    origin => {
      expect(vserverWebSocket.safeParse({ allowedOrigins: [origin] }).error?.issues[0]).toMatchObject({
        path: ['allowedOrigins', 0],
        message: expect.stringContaining('origin')
      })
    }
  )

  test.each(['mqtt', '', '/a b', '/a?b', '/a#b', '/ü'])('refuses the path %j', path => {
    expect(vserverWebSocket.safeParse({ paths: [path] }).success).toBe(false)
  })

  test.each([{ maxMessageBytes: 0 }, { maxFragments: 0 }, { maxPingsPerSecond: 0 }, { pingSeconds: -1 }])(
    'refuses %j',
    limits => {
      expect(vserverWebSocket.safeParse(limits).success).toBe(false)
    }
  )
})

describe('websocket of a service', () => {
  test('takes a path with a query, and one sub-protocol', () => {
    expect(serviceWebSocket.parse({ path: '/ws/mqtt?x=1', subprotocol: 'mqtt' })).toMatchObject({
      path: '/ws/mqtt?x=1',
      subprotocol: 'mqtt',
      messages: 'binary'
    })
  })

  test.each([{ subprotocol: 'mqtt, mqttv3.1' }, { subprotocol: '' }, { path: 'mqtt' }, { path: '/a b' }, { host: 'a b' }])('refuses %j', given => {
    expect(serviceWebSocket.safeParse(given).success).toBe(false)
  })
})
