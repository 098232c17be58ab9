"""Phrases with which generators decline, announce, head and describe a text, in the languages that the rules know."""

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """Patterns of one language, without regard to case.

    An answer declines if it opens with `assistant`, with `cannot` and `write`, or with `sorry`, `cannot` and `write` or
    `help`, or with one of the whole phrases in `declines`: who is sorry for not coming does not decline. It announces its text if it opens with `announce` and has a
    colon, or with a `heading` and a colon; `agree` may stand before. With `spaced`, phrases end where words do.
    """

    sorry: str
    cannot: str
    write: str
    help: str
    assistant: str
    agree: str
    announce: str
    heading: str
    declines: str = ""
    spaced: bool = True


ENGLISH = "en"
CONTENT = (
    r"mensage(m|ns)|conten[ui]\w*|inhal?t\w*|inhoud|conte[úu]do|контент|콘텐츠|내용|글|内容|コンテンツ|محتوى|सामग्री"
)
COLON = r"[:：](?!//)(?!(?<=[0-9][:：])[0-9])"  # of no address and no time
# English, from the first recordings on: a change would change what is kept of them.
ENGLISH_REFUSAL = (
    r"((i['’]?m )?sorry,? (but )?)?"
    r"(as (an ai|a chatbot|a language model)\b|i['’]?m (just |only )?an ai\b"
    r"|i (cannot|can['’]t|am unable to|am not able to) "
    r"(assist with|fulfil|comply|help (you )?with|"
    r"(provide|create|generate|write) (a|an|any|this|that|such|content)\b))"
)
ENGLISH_PREAMBLE = (
    r"((sure|certainly|of course|okay|absolutely)\b[^\n]{0,20}\b(here['’]s|here (is|are))\b"
    r"|here(['’]s| is| are)\b[^\n]{0,120}:"
    r"|((a|the|one|news) )?(title|headline|text|answer|tweet|review|sentence|comment|message|label|item)\s*:)"
)
# Added when the recordings of other generators were read; none of these is in the first ones.
_SORRY = (
    r"((i['’]?m|i am) (really |very |so |truly )?sorry|sorry|(my )?apologies|i apologi[sz]e|unfortunately|regrettably)"
)
_CANNOT = (
    r"(cannot|can['’]?t|can not|won['’]?t|will not|won['’]?t be able to|(['’]?m|am) (unable|not able) to|(must|have to) decline to"
    r"|(do not|don['’]?t) feel comfortable|(['’]?m|am) not comfortable|(['’]d|would) (rather|prefer) not( to)?)"
)
_WRITE = r"(writ(e|ing)|creat(e|ing)|generat(e|ing)|produc(e|ing)|provid(e|ing)|draft(ing)?)"
ENGLISH_MORE_REFUSALS = (
    rf"({_SORRY}[,.:;]? (but )?)i ?{_CANNOT} ({_WRITE} (a|an|any|this|that|such|your|it|what|[a-z]+ (content|messages?|spam|material|texts?))\b"
    r"|fulfil|comply|assist|help (you )?with (that|this|your request)"
    r"|do (that|this)\W*$|complete (that|this|your))"
    rf"|i ?{_CANNOT} (be able to )?(help (you )?with (that|this|your request)|fulfil|comply|assist with)"
    rf"|i ?{_CANNOT} {_WRITE} (a|an|any|this|that|such)\b[^.\n]{{0,40}}\b(text|content|message|headline|review|tweet|post|comment|request)"
    rf"|i ?{_CANNOT} {_WRITE} ([a-z]+ ){{0,3}}(content|spam|messages|material|texts)\b"
    rf"|i ?{_CANNOT} {_WRITE} (that|this)\W*$"
    rf"|({_SORRY},? (but )?)i['’]?m not comfortable with (that|this)"
    r"|i (must|have to|need to) (respectfully |politely )?decline"
    rf"|it (would be|is|['’]s) (inappropriate|unethical|not appropriate|against my [a-z]+)( for me)? to {_WRITE}"
    r"|as (a|an) (large language model|(ai|artificial intelligence)\b)|i am (just |only )?an? (ai|large language model|language model)\b"
)
ENGLISH_MORE_PREAMBLES = (
    r"((sure( thing)?|certainly|of course|okay|ok|absolutely|happy to help|gladly)\b[,.!]? )?"
    r"(here you (go|are)|below is|how about (this|something like this)|this is (a|one) (possible )?(text|example))\b[^:\n]{0,80}:"
    r"|happy to help\b"
    r"|(example|sample|output|response|result|news headline|post)( (#|no\.? ?)?[0-9]{1,3})?\s*:"
)
# How generators think aloud if their markup is lost, as at the token limit behind an opening tag in the prompt.
THOUGHTS_ALOUD = re.compile(
    r"(((okay|ok|alright|hmm+|well|first|wait|got it|let me see)\b[,.! ]*)?(so\b[, ]*)?)"
    r"(the user (wants|is asking|asks|asked|needs|has asked|would like|gave|provided)\b"
    r"|((?<=[,.! ])i|we)(['’](m|re)| am| are)? (need|have|asked|supposed|should|must)( to)?"
    r" (write|create|generate|produce|craft|output|come up with)"
    r" [^.\n]{0,40}\b(text|headline|review|tweet|message|sentence|comment|post|example|words|user)\b"
    r"|let(['’]s|s| me| us) think (step by step|about (what|how) (the|to|i|we)\b|this through)"
    r"|let['’]?s think\. (we|i) )"
    r"|(嗯|好的?|首先|想想)?[，,：:。 ]{0,2}用户(想|要|需要|希望|让|请|给)",
    re.IGNORECASE,
)
# How generators write about the text that they were asked for, or about its writer, in place of the text itself. People
# write "the message is clear", "this review is late" and "in this post" too, and seldom so of a tweet or a news item.
_TITLED = r"((text|sms|chat) message|headline|tweet|one-?liner|pun|news (item|article|story|report)|encyclop\w+ (entry|article))"
_KIND = rf"(((short|news|chat|text|sms) ?)?(message|sentence|review|comment|post|statement|joke|text)|{_TITLED})"
_FEW_WORDS = r"([\w'’-]+,? ){0,3}?"
_SAYS = r"(says|reads|describes|expresses|conveys|promises|contains|shows|uses|means)"  # a past tense tells of more
_IS = r"(is|has)"
ENGLISH_ABOUT_THE_TASK = (
    r"the (writer|poster)(['’]s|"  # reviews and tickets tell of authors, speakers and users
    rf" ({_SAYS}|{_IS}|truly|really|just|also|does|seems?|meant|feels?|wants|thinks|writes|shares))\b"
    rf"|(this|the) {_KIND} {_SAYS}\b|(this|the) {_TITLED} {_IS}\b|this sentence {_IS}\b"
    rf"|(an?|the|this|my|your) {_FEW_WORDS}{_KIND}\W{{0,3}}[:\"“]"
    rf"|an? {_FEW_WORDS}{_KIND} (with|about|in which|describing|written)\b"
    rf"|an? {_FEW_WORDS}{_TITLED} (from|of|that|where)\b"
    rf"|in this {_FEW_WORDS}(sentence|{_TITLED})\b"
)
# The length that was asked for: "about 19 words.", "13 words, 1 sentence", "a 32-word headline". People write "in 5
# words", and "2000 words to write".
LENGTH_IN_WORDS = re.compile(
    rf"\b([6-9]|[1-9][0-9]{{1,2}})-words? ([a-z]+ )?{_KIND}\b"
    r"|(^|[,.;:(–—\"“-] ?|\b(of|in|about|with|at|than|just|only) )([6-9]|[1-9][0-9]{1,2}) words( in all)?(?=[\s]*([,.;:!?)\"”]|$))",
    re.IGNORECASE,
)
OTHERS = {
    "ar": Phrases(
        sorry=r"عذر[اًا]*|آسف|أعتذر",
        cannot=r"لا أستطيع|لا يمكنني|لا أقدر|ليس بإمكاني",
        write=r"كتابة|إنشاء|تقديم|توليد",
        help=r"مساعدت|المساعدة|الإجابة",
        assistant=r"(بصفتي|كوني|باعتباري) (نموذج|ذكاء|مساعد)",
        agree=r"بالتأكيد|بالطبع|طبعا|حسنا|تفضل",
        announce=r"إليك|إليكم|هذه|هذا|هنا",
        heading=r"النص|العنوان|الرسالة|التغريدة|المراجعة",
        spaced=False,
    ),
    "de": Phrases(
        sorry=r"(es )?tut mir (sehr )?leid|entschuldigung|leider|bedauere",
        cannot=r"(kann|darf|werde|möchte)\b[^.\n]{0,50}\b(nicht|keine\w?)\b",
        write=r"(ver)?schreiben|erstellen|verfassen|generieren|erfüllen|nachkommen|bereitstellen",
        help=r"helfen|weiterhelfen|unterstützen|beantworten",
        assistant=r"als (ein |eine )?(ki|künstliche intelligenz|sprachmodell|chatbot)|ich bin (nur )?(eine? )?(ki|sprachmodell)\b",
        agree=r"(aber )?gern(e)?( doch)?|klar|natürlich|sicher|selbstverständlich|okay|ok",
        announce=r"hier mein\w*|hier (ein|noch)\w*|im folgenden|folgende\w*|nachfolgend|unten|hier (ist|sind|kommt|eine?)|anbei",
        heading=r"((die|der|eine?) )?(beispiel|vorschlag|ausgabe|nachricht|titel|überschrift|schlagzeile|text|antwort|tweet|rezension|bewertung|satz|kommentar)",
        declines=r"(das|dies|so etwas|diesen? \w+|dieser \w+) (kann|darf|werde|möchte) ich (leider )?nicht (ver)?(schreiben|fassen|erstellen|nachkommen|erfüllen)|ich (kann|darf|werde) (leider )?(kein\w*|diesen?|solchen?) [^.\n]{0,40}(inhalte?|texte?|nachrichten?|anfrage) (ver)?(schreiben|fassen|erstellen|generieren|erfüllen)|ich muss (diese|die|deine|ihre) (an)?(frage|bitte) (leider )?ablehnen|als (großes |reines )(sprachmodell|ki)",
    ),
    "es": Phrases(
        sorry=r"lo siento|lo lamento|disculpa|perd[oó]n",
        cannot=r"no (puedo|podr[ée]|me es posible)",
        write=r"escribir|crear|generar|redactar|cumplir|proporcionar|ofrecer",
        help=r"ayudar|asistir|responder",
        assistant=r"como (una? )?(ia|inteligencia artificial|modelo de lenguaje|asistente|chatbot)|soy (solo )?una? (ia|modelo)\b",
        agree=r"claro que s[íi]|con (mucho )?gusto|claro|por supuesto|desde luego|seguro|vale|de acuerdo",
        announce=r"aqu[ií] te|a continuaci[óo]n|este es|el siguiente|la siguiente|aqu[ií] (tienes|tiene|est[áa]n?|va)|este es|esta es",
        heading=r"((el|la|una?) )?(ejemplo|propuesta|salida|mensaje|t[íi]tulo|titular|texto|respuesta|tuit|rese[ñn]a|frase|comentario)",
        declines=r"(lo siento,?|lamentablemente,?|disculp[ea],?|lamento) (pero )?no (puedo|poder) (ayudar\w*|hacer (eso|esto)|generar|escribir|crear)|no puedo (ayudar\w*|asistir\w*) con (eso|esto|esa|esta)|me temo que no puedo|soy una inteligencia artificial|no (estoy autorizado|puedo permitirme) a? ?(escribir|crear|generar)",
    ),
    "fr": Phrases(
        sorry=r"(je suis )?d[ée]sol[ée]+|excusez-moi|navr[ée]+|je regrette",
        cannot=r"je ne (peux|puis|suis) pas",
        write=r"[ée]crire|cr[ée]er|g[ée]n[ée]rer|r[ée]diger|fournir|produire",
        help=r"aider|assister|r[ée]pondre",
        assistant=r"en tant qu['’ ]?(une? |e )?(ia|intelligence artificielle|mod[èe]le|assistant|chatbot)|je suis (juste )?une? (ia|mod[èe]le)\b",
        agree=r"pas de probl[èe]me|entendu|bien s[ûu]r|certainement|d['’]accord|avec plaisir|volontiers|absolument",
        announce=r"en voici|ci-dessous|voici|voil[àa]",
        heading=r"((le|la|une?) )?(exemple|proposition|sortie|message|titre|texte|r[ée]ponse|tweet|critique|avis|phrase|commentaire)",
        declines=r"(malheureusement|je regrette|d[ée]sol[ée]+|navr[ée]+),? (mais )?(je ne peux pas|il m['’]est impossible|cela m['’]est impossible)[^.\n]{0,30}(r[ée]pondre|[ée]crire|r[ée]diger|cr[ée]er|g[ée]n[ée]rer|demande|impossible\W*$)|il m['’]est impossible de (r[ée]diger|cr[ée]er|[ée]crire|g[ée]n[ée]rer)|(d[ée]sol[ée]+|navr[ée]+), cela m['’]est impossible",
    ),
    "hi": Phrases(
        sorry=r"क्षमा करें|माफ़? ?(कीजिए|करें|कीजिएगा)|खेद है|मुझे खेद",
        cannot=r"[^।\n]{0,60}?(?=[^।\n]{0,40}(नहीं|असमर्थ))",
        write=r"लिख|बना|तैयार",
        help=r"मदद|सहायता|उत्तर",
        assistant=r"(एक )?(एआई|ए\.?आई\.?|कृत्रिम बुद्धिमत्ता|भाषा मॉडल|AI)[^।\n]{0,20} के (रूप में|तौर पर|नाते)",
        agree=r"ज़रूर|जरूर|बिल्कुल|बेशक|ठीक है|अवश्य",
        announce=r"यहाँ|यहां|यह रहा|यह रही|ये रहा|पेश है|नीचे",
        heading=r"संदेश|शीर्षक|उत्तर|पाठ|समीक्षा|टिप्पणी|ट्वीट",
        spaced=False,
    ),
    "it": Phrases(
        sorry=r"mi dispiace|spiacente|scusa|mi scuso",
        cannot=r"non (posso|riesco|sono in grado)",
        write=r"scrivere|creare|generare|redigere|fornire|soddisfare",
        help=r"aiutar|assister|rispondere",
        assistant=r"come (una? )?(ia|ai|intelligenza artificiale|modello|assistente|chatbot)|sono (solo )?un['’ ]?a? ?(ia|modello)\b",
        agree=r"con piacere|certo|certamente|ovviamente|va bene|volentieri|assolutamente|naturalmente",
        announce=r"ecco(ti|lo|la)?|di seguito",
        heading=r"((il|la|un[oa]?) )?(esempio|proposta|messaggio|titolo|testo|risposta|tweet|recensione|frase|commento)",
        declines=r"in quanto (ia|ai|intelligenza artificiale|modello)\b|(purtroppo|mi (di)?spiace|spiacente),? (ma )?non (posso|sono in grado di|riesco a) (soddisfare|farlo|scrivere|generare|creare|aiutar)|non mi [èe] possibile (creare|scrivere|generare|fornire)",
    ),
    "ja": Phrases(
        sorry=r"申し訳(ありません|ございません)|すみません|ごめんなさい|恐れ入ります",
        cannot=r"[^。\n]{0,60}?(?=[^。\n]{0,30}(できません|できかね|いたしかね))",
        write=r"作成|生成|書く|執筆|提供",
        help=r"お手伝い|お答え|回答|対応",
        assistant=r"(私は)?(AI|人工知能|言語モデル)(アシスタント|言語モデル)?(として|なので|ですので|であるため)",
        agree=r"(承知(いたし|し)ました|かしこまりました|わかりました|はい)[。、！]?|もちろん(です)?|はい|承知(いたし|し)ました|かしこまりました|わかりました|了解しました",
        announce=r"以下、|以下に|こちらです|こちらになります|(以下|こちら|次)[はがにの]",
        heading=r"例|例文|サンプル|出力|メッセージ|タイトル|見出し|本文|回答|ツイート|レビュー|コメント|テキスト",
        declines=r"(申し訳|すみません|恐縮|恐れ入り)[^。\n]{0,40}お応え(でき|いたし)|(その|この|ご)(リクエスト|ご?要望|依頼|質問)[^。\n]{0,10}(お答え|お応え|対応)(でき|いたしかね)|恐縮[^。\n]{0,30}(生成|作成)でき",
        spaced=False,
    ),
    "ko": Phrases(
        sorry=r"죄송(합니다|하지만|해요|합니다만)|미안(합니다|하지만|해요)",
        cannot=r"[^.\n]{0,60}?(?=[^.\n]{0,30}(수 없|어렵습니다))",
        write=r"작성|생성|제공|쓸",
        help=r"도와|도움|답변",
        assistant=r"(저는 )?(AI|인공지능|언어 ?모델)[^.\n]{0,12}(로서|이기 때문에|이므로|입니다)",
        agree=r"물론(입니다|이죠|이에요)?|네|알겠습니다|좋습니다|그럼요",
        announce=r"다음은|여기|아래는|아래에",
        heading=r"예시|예|샘플|메시지|제목|텍스트|답변|트윗|리뷰|문장|댓글",
        declines=r"죄송[^\n]{0,12}(해당|요청|그)[^.\n]{0,20}(수 없|어렵)|(해당|이|그) (요청|내용)[^.\n]{0,15}(수행|작성|생성|처리)할 수 없",
        spaced=False,
    ),
    "nl": Phrases(
        sorry=r"het spijt me|sorry|helaas|excuses",
        cannot=r"(ik (kan|mag)|(kan|mag) ik)\b[^.\n]{0,50}\b(niet|geen)",
        write=r"schrijven|maken|genereren|opstellen|voldoen",
        help=r"helpen|assisteren|beantwoorden",
        assistant=r"als (een )?(ai|kunstmatige intelligentie|taalmodel|chatbot)|ik ben (slechts |maar )?een (ai|taalmodel)\b",
        agree=r"graag gedaan|natuurlijk|zeker|graag|uiteraard|ok[ée]?|prima",
        announce=r"hieronder|dit is (een|de)|hier (is|zijn|komt|heb je)|hierbij",
        heading=r"((de|het|een) )?(voorbeeld|voorstel|bericht|titel|kop|tekst|antwoord|tweet|recensie|zin|reactie)",
        declines=r"(het spijt me|helaas|sorry),? (maar )?(ik kan|kan ik) [^.\n]{0,30}(verzoek|vraag) niet (inwilligen|beantwoorden|uitvoeren)|ik ben niet in staat om [^.\n]{0,30}(schrijven|maken|genereren)|daar kan ik (je|u) (helaas )?niet (bij|mee) helpen",
    ),
    "pt": Phrases(
        sorry=r"sinto muito|(me )?desculpe|lamento|perd[ãa]o",
        cannot=r"n[ãa]o (posso|consigo|poderei)",
        write=r"escrever|criar|gerar|redigir|fornecer|atender",
        help=r"ajudar|auxiliar|responder",
        assistant=r"como (uma? )?(ia|intelig[êe]ncia artificial|modelo|assistente|chatbot)|sou (apenas )?uma? (ia|modelo)\b",
        agree=r"claro|com certeza|certamente|[ée] claro|tudo bem|sem problemas",
        announce=r"abaixo|a seguir|este [ée]|esta [ée]|aqui (est[áa]|est[ãa]o|vai|tem)|segue|eis",
        heading=r"((o|a|uma?) )?(exemplo|proposta|mensagem|t[íi]tulo|manchete|texto|resposta|tweet|avalia[çc][ãa]o|resenha|frase|coment[áa]rio)",
        declines=r"(infelizmente|lamento|pe[çc]o desculpas?|desculpe),? (mas )?n[ãa]o (posso|consigo|me [ée] poss[íi]vel) (atender|gerar|criar|escrever|ajudar|fazer isso)",
    ),
    "ru": Phrases(
        sorry=r"извините|простите|прошу прощения|к сожалению|мне жаль",
        cannot=r"я не (могу|смогу|в состоянии)",
        write=r"написать|создать|сгенерировать|составить|предоставить|выполнить",
        help=r"помочь|ответить",
        assistant=r"(как|будучи) (ии|искусственн\w+ интеллект\w*|языков\w+ модел\w+|чат-?бот\w*)|я (всего лишь |просто )?(ии|языковая модель)\b",
        agree=r"с удовольствием|конечно|разумеется|хорошо|безусловно|да",
        announce=r"ниже|вот|ниже",
        heading=r"пример|вариант|вывод|сообщение|заголовок|текст|ответ|твит|отзыв|предложение|комментарий",
        declines=r"я\s*[—–-]\s*(всего лишь )?(языковая модель|ии|искусственный интеллект)|(мне (очень )?жаль|извините|простите),? но я не могу (этого сделать|помочь|выполнить|написать)|я не (буду|стану) (писать|создавать|генерировать) (так|эт|подобн)\w*",
    ),
    "zh": Phrases(
        sorry=r"很?抱歉|对不起|對不起|不好意思",
        cannot=r"我?(不能|无法|無法|不可以)",
        write=r"编写|撰写|創作|创作|生成|满足|写|完成",
        help=r"协助|協助|帮助|幫助|回答",
        assistant=r"(作为|作為|身为)(一?[个個名款])?(AI|人工智[能慧]|语言模型|語言模型|大型?语言模型|聊天机器人)|我(只)?是(一?[个個])?(AI|人工智[能慧]|语言模型)",
        agree=r"好的|当然(可以)?|當然(可以)?|没问题|沒問題|可以|是的",
        announce=r"我来写|这里有|这里提供|下面|以下是|这是|這是|下面是|这里是|這裡是",
        heading=r"示例|例子|例句|评论内容|新闻标题|输出|标题|標題|消息|短信|文本|回答|推文|评论|評論|句子|内容",
        declines=r"(您好|你好)?[，,]?(非常|十分|真的)?(很?抱歉|对不起|遗憾)?[，,。]?我?(不能|无法|無法)(提供|回答|生成|编写|撰写|协助)(此类|这类|該|该|这个|您|这样|任何|相关)",
        spaced=False,
    ),
}
_BEFORE = r"[¡¿*_#> ]{0,6}"  # marks of Spanish and of Markdown
LANGUAGES = (ENGLISH, *OTHERS)


def base(language: str) -> str:
    """Return the language of a tag of BCP 47 without script and region: "pt" for "pt-BR"."""
    return language.partition("-")[0].lower()


@cache
def refusals(language: str) -> tuple[re.Pattern[str], ...]:
    """Return what an answer that declines opens with: in English, which generators fall back to, and the language."""
    patterns = [ENGLISH_REFUSAL, ENGLISH_MORE_REFUSALS]
    if phrases := OTHERS.get(base(language)):
        end = r"\b" if phrases.spaced else ""
        cannot = rf"[^.。।\n]{{0,30}}?(?:{phrases.cannot}){end}[^.。।\n]{{0,40}}?"
        sorry = rf"(?:{phrases.sorry}){end}[،,，]?{cannot}(?:{phrases.write}|{phrases.help})"
        # Without an apology it has to name a text: people cannot write now, and a shop cannot provide a service.
        names_a_text = rf"(?=[^.。।\n]{{0,80}}(?:{phrases.heading}|{CONTENT}))"
        alone = rf"{names_a_text}(?:ich |ik )?(?:{phrases.cannot}){end}[^.。।\n]{{0,20}}?(?:{phrases.write})"
        patterns.append(f"{sorry}|{alone}|(?:{phrases.assistant}){end}")
        if phrases.declines:
            patterns.append(phrases.declines)
    return tuple(re.compile(f"{_BEFORE}(?:{pattern})", re.IGNORECASE) for pattern in patterns)


@cache
def preambles(language: str) -> tuple[re.Pattern[str], ...]:
    """Return what an answer opens with that announces or heads a text: in English, and in the language."""
    patterns = [ENGLISH_PREAMBLE, ENGLISH_MORE_PREAMBLES]
    if phrases := OTHERS.get(base(language)):
        end = r"\b" if phrases.spaced else ""
        what = rf"(?:{phrases.heading}|{CONTENT}|[0-9])"  # a number: "Hier sind 3 Ideen:"
        opening = rf"(?:{phrases.announce}){end}"
        announced = rf"{opening}(?:[^:：\n]{{0,120}}?{what}[^:：\n]{{0,120}}|[^:：\n]{{0,5}}){COLON}"
        agreed = rf"(?:{phrases.agree}){end}[^:：\n]{{0,20}}?"
        patterns.append(
            rf"{agreed}{opening}[^:：\n]{{0,120}}{COLON}|{announced}|(?:{phrases.heading})(?: ?[0-9]{{1,3}})?\s*[*_]{{0,3}}[:：]"
        )
    return tuple(re.compile(f"{_BEFORE}(?:{pattern})", re.IGNORECASE) for pattern in patterns)


_ABOUT_THE_TASK = re.compile(rf"[\W_]{{0,6}}({ENGLISH_ABOUT_THE_TASK})", re.IGNORECASE)


def tells_of_the_task(text: str) -> bool:
    """Tell whether a text opens as English texts do that are about a text or its writer, or counts its own words.

    >>> tells_of_the_task("The writer is sincere in their message."), tells_of_the_task("The writer of this film died.")
    (True, False)
    >>> tells_of_the_task("A funny one-liner: the cat is a cat."), tells_of_the_task("A sentence of 19 words.")
    (True, True)
    """
    return bool(_ABOUT_THE_TASK.match(text) or LENGTH_IN_WORDS.search(text))


def thinks_aloud(text: str) -> bool:
    """Tell whether an answer opens as generators open their thoughts.

    >>> thinks_aloud("Okay, the user wants a headline about sports."), thinks_aloud("Okay, the user is back online.")
    (True, False)
    """
    return THOUGHTS_ALOUD.match(text) is not None


def unknown_language(language: str) -> str:
    """Return the line that says which rules know no phrase of a task's language; "" if they know it.

    >>> unknown_language("pt-BR")
    ''
    >>> unknown_language("sw")
    'the rules refusal and preamble know no phrases in sw; they know ar, de, en, es, fr, hi, it, ja, ko, nl, pt, ru, zh'
    """
    if base(language) in LANGUAGES:
        return ""
    return f"the rules refusal and preamble know no phrases in {language}; they know {', '.join(sorted(LANGUAGES))}"
