// Short names of the emoji that bots use; any other stays as it is written.

const WRITTEN = `
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ no_entry ⛔ no_entry_sign 🚫
warning ⚠️ exclamation ❗ heavy_exclamation_mark ❗ bangbang ‼️ question ❓ grey_question ❔ information_source ℹ️ 100 💯
large_green_circle 🟢 large_yellow_circle 🟡 large_orange_circle 🟠 red_circle 🔴 large_blue_circle 🔵 white_circle ⚪ black_circle ⚫
large_purple_circle 🟣 large_brown_circle 🟤 large_green_square 🟩 large_red_square 🟥 large_yellow_square 🟨 large_blue_square 🟦
clock1 🕐 clock2 🕑 clock3 🕒 clock4 🕓 clock5 🕔 hourglass ⌛ hourglass_flowing_sand ⏳ alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ calendar 📆 date 📅
rocket 🚀 zap ⚡ fire 🔥 sparkles ✨ star ⭐ star2 🌟 tada 🎉 bulb 💡 bell 🔔 no_bell 🔕 mega 📣 loudspeaker 📢 speech_balloon 💬
lock 🔒 unlock 🔓 key 🔑 closed_lock_with_key 🔐 shield 🛡️ mag 🔍 mag_right 🔎 link 🔗 paperclip 📎 pushpin 📌 round_pushpin 📍
gear ⚙️ wrench 🔧 hammer 🔨 hammer_and_wrench 🛠️ nut_and_bolt 🔩 toolbox 🧰 electric_plug 🔌 satellite 🛰️ satellite_antenna 📡 globe_with_meridians 🌐
computer 💻 desktop_computer 🖥️ keyboard ⌨️ floppy_disk 💾 cd 💿 package 📦 inbox_tray 📥 outbox_tray 📤 card_file_box 🗃️ file_cabinet 🗄️ wastebasket 🗑️
memo 📝 page_facing_up 📄 page_with_curl 📃 clipboard 📋 bookmark 🔖 books 📚 notebook 📓 bar_chart 📊 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉
arrow_up ⬆️ arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️ arrows_counterclockwise 🔄 arrows_clockwise 🔃 repeat 🔁 rewind ⏪ fast_forward ⏩ back 🔙 leftwards_arrow_with_hook ↩️
arrow_forward ▶️ double_vertical_bar ⏸️ black_square_for_stop ⏹️ heavy_plus_sign ➕ heavy_minus_sign ➖ recycle ♻️ rotating_light 🚨 construction 🚧 octagonal_sign 🛑
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 wave 👋 raised_hands 🙌 clap 👏 pray 🙏 muscle 💪 eyes 👀 point_right 👉 point_left 👈 point_up ☝️ point_down 👇 raised_hand ✋
smile 😄 smiley 😃 grinning 😀 grin 😁 joy 😂 laughing 😆 wink 😉 blush 😊 slightly_smiling_face 🙂 upside_down_face 🙃 thinking_face 🤔 neutral_face 😐 confused 😕 cry 😢 sob 😭 rage 😡
sunglasses 😎 heart_eyes 😍 scream 😱 sweat_smile 😅 relieved 😌 sleeping 😴 zzz 💤 robot_face 🤖 ghost 👻 skull 💀 heart ❤️ green_heart 💚 blue_heart 💙 yellow_heart 💛 broken_heart 💔
bust_in_silhouette 👤 busts_in_silhouette 👥 technologist 🧑‍💻 detective 🕵️ ship 🚢 airplane ✈️ car 🚗 house 🏠 office 🏢 factory 🏭 snowflake ❄️ cloud ☁️ sunny ☀️ umbrella ☔
coffee ☕ beer 🍺 pizza 🍕 cake 🍰 apple 🍎 bug 🐛 snake 🐍 whale 🐳 octopus 🐙 penguin 🐧 turtle 🐢 dog 🐶 cat 🐱 checkered_flag 🏁 triangular_flag_on_post 🚩 trophy 🏆 dart 🎯 game_die 🎲
one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ zero 0️⃣ hash #️⃣ new 🆕 ok 🆗 up 🆙 cool 🆒 free 🆓 sos 🆘 end 🔚 soon 🔜`;

const words = WRITTEN.trim().split(/\s+/);
export const EMOJI = new Map();
for (let at = 0; at < words.length; at += 2) EMOJI.set(words[at], words[at + 1]);

/** The character for a name, or for Slack's `unicode` (hexadecimal, joined by `-`); null when neither is known. */
export function emojiOf(name, unicode) {
  if (unicode && /^[0-9a-f-]+$/i.test(unicode)) {
    const points = unicode.split("-").map((point) => Number.parseInt(point, 16));
    if (points.every((point) => point > 0 && point <= 0x10ffff)) return String.fromCodePoint(...points);
  }
  return EMOJI.get(name) ?? null;
}
