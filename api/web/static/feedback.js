// What a person thinks of an answer: up or down, and a comment if they like.

import { request } from "./api.js";
import { h, iconButton, problemNote, toast } from "./dom.js";

const WORDS = { up: "Good answer", down: "Bad answer" };

/** The two buttons; the form for a comment goes below `foot`. */
export function feedbackButtons(answerId, given, foot) {
  let state = given;
  const buttons = Object.keys(WORDS).map((rating) => iconButton(rating, WORDS[rating], () => rate(rating)));
  const show = () => Object.keys(WORDS).forEach((rating, index) => {
    buttons[index].setAttribute("aria-pressed", String(state?.rating === rating));
  });
  const place = () => foot.closest(".answer") ?? foot;
  const close = () => place().querySelector(":scope > .feedback")?.remove();
  const fail = (problem) => { close(); place().append(h("div", { class: "feedback" }, problemNote(problem))); };

  async function keep(rating, comment) {
    state = await request("/v1/feedback", {
      method: "POST", body: { answer_id: answerId, rating, ...(comment ? { comment } : {}) },
    });
    show();
  }

  async function rate(rating) {
    try {
      if (state?.rating === rating) {
        await request(`/v1/feedback/${encodeURIComponent(answerId)}`, { method: "DELETE" });
        state = null;
        show();
        close();
        toast("Your feedback is taken back.");
        return;
      }
      await keep(rating, state?.comment);
      askForComment();
    } catch (problem) {
      fail(problem);
    }
  }

  function askForComment() {
    close();
    const id = `comment-${answerId}`;
    const input = h("textarea", {
      id, rows: "2", maxlength: "4000",
      placeholder: state.rating === "up" ? "What was good about it?" : "What should it have said?",
    });
    input.value = state.comment ?? "";
    const form = h("form", {
      class: "feedback",
      on: {
        keydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } },
        submit: async (event) => {
          event.preventDefault();
          try {
            await keep(state.rating, input.value.trim());
            close();
            toast("Thank you. Your comment is kept with the answer.");
          } catch (problem) {
            fail(problem);
          }
        },
      },
    },
    h("label", { for: id }, "Thank you. Add a comment, if you like:"), input,
    h("div", { class: "feedback-foot" },
      h("button", { type: "button", class: "button", on: { click: close } }, "No comment"),
      h("button", { type: "submit", class: "button primary" }, "Keep the comment")));
    place().append(form);
    input.focus();
  }

  show();
  const note = given?.comment ? [h("span", { class: "comment-kept", title: given.comment }, "Commented")] : [];
  return [...note, ...buttons];
}
