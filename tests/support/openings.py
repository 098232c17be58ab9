"""How generators decline and announce in the languages that the rules know, and how people open a text."""

# By language: refusals, preambles, and ordinary texts that open alike.
OPENINGS = {
    "ar": (
        ["عذراً، لا أستطيع مساعدتك في ذلك.", "بصفتي نموذج لغوي لا أملك هاتفاً."],
        ["بالتأكيد! إليك رسالة: أراك غداً", "الرسالة: أراك غداً"],
        ["آسف على التأخير، الحافلة تعطلت.", "آسف، لا أستطيع الحضور اليوم.", "هذه أجمل هدية وصلتني."],
    ),
    "de": (
        [
            "Es tut mir leid, aber das kann ich nicht schreiben.",
            "Als KI-Sprachmodell kann ich das nicht schreiben.",
            "Ich kann diesen Text leider nicht schreiben.",
            "Leider kann ich diese Anfrage nicht erfüllen.",
        ],
        ["Gerne! Hier ist eine Nachricht: bis gleich", "Natürlich, hier ist der Text:", "Nachricht: bis gleich"],
        [
            "Tut mir leid wegen gestern, der Bus fiel aus.",
            "Tut mir leid, ich kann heute nicht kommen.",
            "Leider habe ich keine Milch mehr.",
            "Klar, bis gleich!",
            "Hier ist es so schön.",
            "Als Kind war ich oft dort.",
            "Ich kann das Lied nicht mehr hören.",
        ],
    ),
    "en": (
        ["I'm sorry, but I can't write that.", "As an AI I have no phone."],
        ["Sure! Here is a message:", "Headline: rain again"],
        ["Sorry I am late.", "Sure, see you at noon."],
    ),
    "es": (
        ["Lo siento, no puedo ayudarte con eso.", "Como modelo de lenguaje, no tengo opiniones."],
        ["¡Claro! Aquí tienes un mensaje: nos vemos", "Mensaje: nos vemos", "Por supuesto, aquí está el texto:"],
        [
            "Lo siento mucho por lo de ayer.",
            "Lo siento, no puedo ir mañana.",
            "Claro, nos vemos a las ocho.",
            "Como siempre, llegó tarde.",
        ],
    ),
    "fr": (
        ["Je suis désolé, mais je ne peux pas écrire cela.", "En tant qu'IA, je n'ai pas de téléphone."],
        ["Bien sûr ! Voici un message : à demain", "Message : à demain", "Voici une critique : un film lent"],
        [
            "Désolé pour hier, le bus est resté en panne.",
            "Désolée, je ne peux pas venir.",
            "Bien sûr, à demain !",
            "Voici l'été.",
        ],
    ),
    "hi": (
        ["क्षमा करें, मैं इसमें आपकी मदद नहीं कर सकता।", "एक एआई भाषा मॉडल के रूप में मेरी राय नहीं है।"],
        ["ज़रूर! यहाँ एक संदेश है: कल मिलते हैं", "संदेश: कल मिलते हैं"],
        ["माफ़ करना, बस छूट गई।", "क्षमा करें, मैं आज नहीं आ सकता।", "ज़रूर, कल मिलते हैं।", "यहाँ बारिश हो रही है।"],
    ),
    "it": (
        ["Mi dispiace, ma non posso aiutarti con questo.", "Come modello linguistico non ho opinioni."],
        ["Certo! Ecco un messaggio: a domani", "Messaggio: a domani"],
        [
            "Mi dispiace per ieri, il treno era in ritardo.",
            "Scusa, non posso venire.",
            "Certo, a domani!",
            "Ecco l'estate.",
        ],
    ),
    "ja": (
        ["申し訳ありませんが、その内容は作成できません。", "AIとして個人的な意見はありません。"],
        ["もちろんです！以下はメッセージです：また明日", "メッセージ：また明日", "以下に例を示します：また明日"],
        ["すみません、電車が遅れています。", "すみません、今日は行けません。", "もちろん行くよ。", "はい、元気です。"],
    ),
    "ko": (
        ["죄송하지만 그 요청은 도와드릴 수 없습니다.", "저는 AI 언어 모델로서 의견이 없습니다."],
        ["물론입니다! 다음은 메시지입니다: 내일 봐요", "메시지: 내일 봐요"],
        ["죄송해요, 버스가 늦었어요.", "죄송하지만 오늘은 갈 수 없어요.", "물론 갈게요.", "네, 잘 지내요."],
    ),
    "nl": (
        ["Het spijt me, maar ik kan dit niet schrijven.", "Als AI-taalmodel heb ik geen mening."],
        ["Natuurlijk! Hier is een bericht: tot morgen", "Bericht: tot morgen"],
        ["Het spijt me van gisteren.", "Sorry, ik kan morgen niet.", "Natuurlijk, tot morgen!", "Hier is het zo mooi."],
    ),
    "pt": (
        ["Desculpe, mas não posso ajudar com isso.", "Como modelo de linguagem, não tenho opiniões."],
        ["Claro! Aqui está uma mensagem: até amanhã", "Mensagem: até amanhã"],
        ["Desculpe o atraso, o ônibus quebrou.", "Desculpe, não posso ir.", "Claro, até amanhã!", "Aqui está frio."],
    ),
    "ru": (
        ["Извините, но я не могу помочь с этим.", "Как языковая модель, я не имею мнения."],
        ["Конечно! Вот сообщение: до завтра", "Сообщение: до завтра"],
        ["Извините за опоздание, автобус сломался.", "Извини, я не могу прийти.", "Конечно, до завтра!", "Вот и лето."],
    ),
    "zh": (
        ["很抱歉，我无法协助完成这个请求。", "作为一个人工智能语言模型，我没有个人意见。"],
        ["好的，以下是一条短信：明天见", "短信：明天见", "当然！这是一条评论：很慢"],
        ["抱歉，我迟到了。", "对不起，我不能来了。", "好的，明天见。", "这是我最喜欢的店。"],
    ),
}
