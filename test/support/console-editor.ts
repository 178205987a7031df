import type { Locator, Page } from 'playwright-core'

/** The editor of a page of the console. */
export const editorOf = (page: Page): Locator => page.getByRole('textbox', { name: /^Source of the/ })

/** What the server says of the text in the editor: `Compiles`, `1 problem`. */
export const checkOf = (page: Page, word: string | RegExp): Locator =>
  page.getByRole('status', { name: 'Check' }).getByText(word)

/** Types in place of the whole text. Brackets are put in as a person pastes them, so that none is closed by itself. */
export const writeSource = async (page: Page, text: string): Promise<void> => {
  await editorOf(page).focus()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(text)
}
