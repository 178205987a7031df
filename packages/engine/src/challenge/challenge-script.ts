/**
 * The script of a challenge's page, in plain JavaScript for any browser: it looks for the number, in pieces, so that
 * the page stays alive. SHA-256 is its own (FIPS 180-4), because pages without TLS have no `crypto.subtle`.
 */
export const challengeScript = `(function () {
  'use strict'
  var data = document.currentScript.dataset
  var puzzle = data.puzzle
  var bits = Number(data.bits)
  var says = document.getElementById('says')
  var K = [], H = [], isComposite = {}
  for (var candidate = 2, count = 0; count < 64; candidate++) {
    if (isComposite[candidate]) continue
    for (var multiple = candidate; multiple < 400; multiple += candidate) isComposite[multiple] = true
    if (count < 8) H[count] = (Math.pow(candidate, 1 / 2) * 4294967296) | 0
    K[count++] = (Math.pow(candidate, 1 / 3) * 4294967296) | 0
  }
  var w = new Int32Array(64)
  function block (state, bytes, at) {
    var a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7]
    for (var i = 0; i < 64; i++) {
      if (i < 16) w[i] = bytes[at + 4 * i] << 24 | bytes[at + 4 * i + 1] << 16 | bytes[at + 4 * i + 2] << 8 | bytes[at + 4 * i + 3]
      else {
        var x = w[i - 15], y = w[i - 2]
        w[i] = (((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10) + w[i - 16] + w[i - 7]) | 0
      }
      var t1 = (h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[i] + w[i]) | 0
      var t2 = (((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c)) | 0
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0
    }
    state[0] = state[0] + a | 0; state[1] = state[1] + b | 0; state[2] = state[2] + c | 0; state[3] = state[3] + d | 0
    state[4] = state[4] + e | 0; state[5] = state[5] + f | 0; state[6] = state[6] + g | 0; state[7] = state[7] + h | 0
  }
  function firstWord (text) {
    var length = text.length
    var bytes = new Uint8Array((length + 9 + 63 >> 6) << 6)
    for (var i = 0; i < length; i++) bytes[i] = text.charCodeAt(i)
    bytes[length] = 128
    bytes[bytes.length - 2] = length * 8 >> 8
    bytes[bytes.length - 1] = length * 8 & 255
    var state = H.slice()
    for (var at = 0; at < bytes.length; at += 64) block(state, bytes, at)
    return state[0]
  }
  function fail () { says.textContent = says.dataset.failed }
  function found (number) {
    var request = new XMLHttpRequest()
    request.open('GET', data.path + '?puzzle=' + puzzle + '&found=' + number)
    request.onload = function () {
      if (request.status !== 200) fail()
      else if (data.to) location.replace(data.to)
      else location.reload()
    }
    request.onerror = fail
    request.send()
  }
  var number = 0
  function look () {
    for (var end = number + 2000; number < end; number++) {
      if (Math.clz32(firstWord(puzzle + ':' + number)) >= bits) return found(number)
    }
    setTimeout(look, 0)
  }
  if (navigator.cookieEnabled) look()
  else fail()
})()
`
