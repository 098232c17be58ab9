"""FewRel: which relation does an encyclopedia sentence state?

Source: four relations of FewRel (Gao et al., 2019; Wikidata's P17, P118, P58, P974), lower-cased, split by the hash
of the words since the original split is by relation.
Subjective? No: the sentence states the relation or it does not.
Run: pytest suites/test_relation.py --synth-data DIR
Expect: what `expectations` claims below; scores with their intervals: synthworth leaderboard suites/results.jsonl --task relation
"""

from synthworth import Expectation, Hub, Task, TaskSuite

TASK = Task(
    name="relation",
    labels={
        "country": "says which country a place, a group or a thing belongs to",
        "league": "says in which league a sports team or a player competes",
        "screenwriter": "says who wrote the screenplay of a film or a series",
        "tributary": "says that one river or stream flows into another",
    },
    words=(13, 35),
    context_prompt=(
        "You are an editor of an encyclopedia. You write plain factual sentences in lower case about places, "
        "rivers, teams and films."
    ),
    generation_prompt=(
        "Write one sentence from an encyclopedia article that {description}. Use invented or real names, "
        "lower case only, about {words} words."
    ),
    diversity_prompt=("Write about other names and build the sentence in another way than the sentences before."),
    hub=Hub(
        path="thunlp/few_rel",
        revision="refs/convert/parquet",
        train="train+validation",
        test=None,
        holdout=0.25,
        text="tokens",
        label="relation",
        labels={"P17": "country", "P118": "league", "P58": "screenwriter", "P974": "tributary"},
        other_labels=True,
        lowercase=True,
    ),
    # Hand-written for this project, as are the texts in quickstart/: not from any data set.
    demonstrations={
        "country": (
            "zalesie wielkie is a village of sixty houses in eastern poland , about nine kilometres from the forest of białek .",
            "a bronze bell cast at luang prabang , laos , in the late eighteenth century hangs in the entrance hall .",
            "headquartered in monterrey , grupo alcázar is the largest maker of ceramic tiles in mexico .",
            "frank tilley represented kurrajong north in the australian house of representatives from 1949 until his defeat in 1961 .",
            "the ardenza earthquake of 1883 , felt as far away as rome , is among the deadliest in italy 's history .",
            "egyptian railways ordered forty of the engines , most of which were stationed at the depot of tanta until the 1970s .",
            "sailors from saaremaa , an island that is now part of estonia , crewed many of the whalers that wintered there .",
            '" diário do planalto " , a newspaper published in the brazilian city of anápolis , ceased printing in 2018 .',
            "her brother , a film director , lives in daegu , south korea , where he runs a puppet theatre for schoolchildren .",
            "the stadium outside kumasi was shut for two years after the fire , so that ghana had to play its home matches abroad .",
            "rafting trips on the lower vereya set out from gradets , a former silver town in the mountains of southern bulgaria .",
            "austria 's federal police train mountain rescue dogs at bad mitterbach , a resort of some 3,000 residents .",
        ),
        "league": (
            "ismail bakkali kept goal for raja tamesna in the botola throughout the nineties and later ran a sports shop in rabat .",
            "in 1963 the buffalo steamers , charter members of the international league , moved their games to a new park by the lake .",
            "fk zlatica prijepor will compete in the serbian superliga next season thanks to a goal in the ninety - fourth minute .",
            "centre - forward luis mardones signed for universidad de maipo , holders of the chilean primera división title , for an undisclosed fee .",
            "she plays scrum - half for trafford panthers , admitted to the premier 15s in 2020 , and works part time as a vet .",
            "undrafted out of kansas tech , wide receiver terrell oakes earned a roster spot with the nfl 's san antonio marshals .",
            "two points from safety with a match to play , aldermoor rovers lost and dropped out of efl league two .",
            "an eredivisie regular since he was seventeen , joost verhaegen has made 240 appearances for vv dokkum .",
            "all - rounder cam delahunty hit the fastest fifty of that big bash league summer , off 15 balls , for the darwin monsoon .",
            "loimaan kiekko lost its place in the sm - liiga in 1996 owing to unpaid wages , and merged with a rival .",
            "although it is based in brunei , kota batu fc has played in the singapore premier league for over a decade .",
            "before turning to acting he pitched two summers for the waterloo wheels of the three - i league .",
        ),
        "screenwriter": (
            '" night ferry to oslo " is a 1949 norwegian thriller whose screenplay was written by the journalist arne bekkelund .',
            'viola prentiss was the author of both the book and , much later , the script for the motion picture " cinder lane " .',
            'chris molloy and the late janet reeve are named as writers of " paper moons of mars " , a children \'s series of thirteen parts .',
            'when " the dentist \'s daughter " flopped , its screenwriter , paolo mancuso , turned to advertising and left the cinema for good .',
            'directed by yusuf arslan and written by his sister leyla , " ninth floor " premiered at the festival of antalya .',
            'rajendra kaul is remembered chiefly for the dialogue he wrote for " house of umbrellas " , a box - office hit of 1934 .',
            "the fourteenth episode , \" moving day at last \" , was sam tolliver 's final script before he quit the writers ' room .",
            'in an interview , kirsty boyle said she had needed five drafts to find the tone of " all the small fires " .',
            'iceland chose " the sheep auction " , scripted by hallgerður jóns , as its entry for best foreign language film .',
            'former ligue 1 midfielder bruno castaing turned to writing , and his screenplay " extra time in lens " was filmed in 2016 .',
            'credited as " a. n. other " , peter lomas rewrote the whole second act of " castle for hire " during the shoot .',
            'television play " the widow \'s arithmetic " ( 1966 ) came from the typewriter of edith crane , a retired teacher .',
        ),
        "tributary": (
            "the vesele potok , only 11 km long , is one of the shortest tributaries of the upper hornád .",
            "beneath the tea estates the ruwenza plunges over three falls and afterwards flows into the larger mpanga .",
            "below the town of marchbank the eller takes up the waters of the cold beck , coming from the fells to the west .",
            "the explorers named rover creek , which enters the missouri river opposite a chalk bluff , after their dog .",
            "la fontenelle is a french river , an affluent of the aveyre , and gives its name to a mild cheese .",
            "in dry summers the guadalejo fails to reach the tinto at all , its water vanishing into the gravel bed first .",
            "surveyors established that the taigonka , long thought to be a separate river , discharges into the lena through a hidden side arm .",
            "heavy loads of silt brought down by the waiohanga turn the clear tarawhiti brown just after the two meet .",
            "at obersulz three rivers come together : the sulz and the kleine erl both end here in the naab .",
            "a small power station stands on the tverrå , a tumbling river that swells the orka a little further north .",
            "the mokhela , a mountain river of lesotho , adds its flow to the orange some way above the gorge .",
            "the rowing club trains on the final mile of stour brook , down to the place where it merges with the severn .",
        ),
    },
)


class TestRelation(TaskSuite):
    task = TASK
    expectations = (
        Expectation(method="real", at_least=0.92),
        Expectation(method="few_shot", beats="majority"),
        Expectation(method="zero_shot", beats="majority"),
    )
